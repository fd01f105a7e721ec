import Glibc

/// Starts a program that gets each signal, whatever the calling thread holds back and other threads ignore.
///
/// *Why:* threads of the test program hold signals back, and system(3) ignores some while it waits; a child would
/// inherit both.
///
/// - Parameters:
///   - words: The program's path and its arguments.
///   - actions: What becomes of its descriptors.
///   - flags: Further flags of `posix_spawnattr_setflags`.
/// - Returns: 0 or the error, and the child's number.
func spawn(
  _ words: [String], _ actions: inout posix_spawn_file_actions_t, flags: Int16 = 0
) -> (result: Int32, child: pid_t) {
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var (none, all) = (sigset_t(), sigset_t())
  sigemptyset(&none)
  posix_spawnattr_setsigmask(&attributes, &none)
  sigfillset(&all)
  posix_spawnattr_setsigdefault(&attributes, &all)
  posix_spawnattr_setflags(
    &attributes, flags | Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
  var pointers = words.map { strdup($0) } + [nil]
  defer { for pointer in pointers { free(pointer) } }
  var child = pid_t()
  let result = posix_spawn(&child, words[0], &actions, &attributes, &pointers, environ)
  return (result, child)
}
