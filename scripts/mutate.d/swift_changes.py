"""Small changes in Swift, found without a parser: for sources that swift-format has formatted."""

import re


# ---- Where the code is


def blank(text):
    """The same text with comments and the insides of strings made spaces."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\\((?:[^()"]|\([^()]*\)|"[^"]*")*\)|\\.|[^"\\\n])*"'

    def spaces(match):
        found = match.group()
        inside = re.sub(r"[^\n]", " ", found)
        return '"' + inside[1:-1] + '"' if found[0] == '"' else inside

    return re.sub(pattern, spaces, text, flags=re.S)


class Region:
    """A piece of code that is made a choice of: a function's body, or an expression outside of any."""

    def __init__(self, start, end, name, is_body):
        self.start, self.end, self.name, self.is_body = start, end, name, is_body


DECLARATION = re.compile(
    r"^[ \t]*(?:(?:public|private|internal|static|mutating|nonmutating|indirect|override)"
    r"(?:\(set\))?\s+|@\w+\s+)*"
    r"(func|init|subscript|var|let|struct|enum|class|extension|protocol|get|set|_read|_modify)\b([?]?\s*[\w`.=<]*)",
    re.M)


def regions(code):
    """The regions of a file, from its text without comments and strings."""
    found, stack, boundary = [], [], 0
    for position, character in enumerate(code):
        if character == "{":
            kinds = [kind for kind, *_ in stack]
            kind, name = "inner", ""
            if not {"body", "protocol", "inner"} & set(kinds):
                declarations = list(DECLARATION.finditer(code, boundary, position))
                if declarations:
                    word = declarations[-1]
                    kind, name = scope(word.group(1), code[position + 1 :], code[word.end() : position])
                    name = name or (word.group(1) + word.group(2)).strip()
                    name = re.sub(r"^(func|var) *", "", name)
            stack.append((kind, position + 1, name))
            boundary = position + 1
        elif character == "}":
            kind, start, name = stack.pop()
            if kind == "body":
                outer = [n for k, _, n in stack if k == "accessors"]
                found.append(Region(start, position, outer[-1] if outer else name, True))
            boundary = position + 1
    return found + expressions(code, found)


def scope(word, inside, before):
    """What a brace opens, from its declaration's word, what follows, and what is in between."""
    if word == "protocol":
        return "protocol", ""
    if word in ("struct", "enum", "class", "extension"):
        return "type", ""
    if word in ("var", "subscript") and re.match(r"\s*(get|set|_read|_modify)\b", inside):
        return "accessors", ""
    if word in ("var", "let") and re.search(r"(?<![=!<>])=(?!=)", before):
        return "inner", ""
    return "body", ""


def expressions(code, bodies):
    """Initial values of stored properties, and the literals of default arguments."""
    found = []
    outside = list(code)
    for body in bodies:
        outside[body.start : body.end] = re.sub(r"[^\n]", " ", code[body.start : body.end])
    outside = "".join(outside)
    stored = (r"^[ \t]*(?:(?:public|private|static|internal)(?:\(set\))?\s+)*"
              r"(?:var|let) (`?\w+`?)[^=\n{]*= ([^\n]+)$")
    for match in re.finditer(stored, outside, re.M):
        value = match.group(2)
        if value.count("(") == value.count(")") and "{" not in value:
            found.append(Region(match.start(2), match.end(2), match.group(1).strip("`"), False))
    for match in re.finditer(r"\w+: [\w.]+ = -?(\w+)(?=[,)])", outside):
        found.append(Region(match.start(1), match.end(1), "a default argument", False))
    return found


# ---- What is changed

BINARY = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"],
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"],
    "&+": ["&-", "+"], "&-": ["&+", "-"], "&*": ["*"],
    "+=": ["-="], "-=": ["+="], "&+=": ["&-=", "+="], "&-=": ["&+=", "-="],
    "<<": [">>"], ">>": ["<<"], "<<=": [">>="], ">>=": ["<<="],
    "&": ["|"], "|": ["&"], "^": ["|"], "&=": ["|="], "|=": ["&="],
}
WORDS = {
    "true": "false", "false": "true", "min": "max", "max": "min", "union": "subtracting",
    "subtracting": "union", "intersection": "union", "formUnion": "subtract",
    "subtract": "formUnion", "insert": "remove",
}
NO_STATEMENT = re.compile(
    r"(let|var|return|guard|if|else|for|while|switch|case|default|throw|do|catch|break|continue"
    r"|defer|repeat|precondition|preconditionFailure|func|get|set|_read|_modify|yield)\b")


STATEMENT = re.compile(r"(?:^\s*(?:case [^:{]*: |default: )?|\{ )([^{}\n]+?)(?= \}|$)")


def changes(code, region):
    """All small changes in a region: (start, end, new text)."""
    start, end = region.start, region.end
    piece = code[start:end]

    def each(pattern, flags=0):
        return re.finditer(pattern, piece, flags)

    for match in each(r"(?<=\s)([-+*/%<>=!&|^]+)(?=\s)"):
        for other in BINARY.get(match.group(1), []):
            yield start + match.start(1), start + match.end(1), other
    for match in each(r"\.\.[.<]"):
        yield start + match.start(), start + match.end(), "..." if match.group() == "..<" else "..<"
    for match in each(r"(?<![\w.$])(0x[0-9a-fA-F_]+|\d[\d_]*)(?![\w]|\.\w)"):
        literal = match.group(1)
        value = int(literal.replace("_", ""), 0)
        shape = "0x{:x}" if literal.startswith("0x") else "{}"
        for other in [value + 1] + ([value - 1] if value else []):
            yield start + match.start(), start + match.end(), shape.format(other)
    for match in each(r"(?<![\w`])(" + "|".join(WORDS) + r")(?!\w|:)"):
        before = piece[match.start() - 1 : match.start()]
        if match.group(1) in ("true", "false") or piece[match.end() : match.end() + 1] == "(":
            if not (match.group(1) in ("min", "max") and before == "."):
                yield start + match.start(), start + match.end(), WORDS[match.group(1)]
    for match in each(r"(?<![\w)\]!=~<>.])[!~](?=[\w(])"):
        yield start + match.start(), start + match.end(), ""
    # The last operand before a `?`: its negation is the ternary's other branch.
    for match in each(r"(?<![\w.)])([\w.]+(?:\([^()\n]*\)[\w.]*)*) \? "):
        yield start + match.start(1), start + match.end(1), f"!{match.group(1)}"
    if region.is_body:
        yield from negations(code, start, end)
        yield from removals(code, region)


def negations(code, start, end):
    """Each condition of `if`, `guard` and `while` that binds nothing, negated."""
    for match in re.finditer(r"\b(if|guard|while) ", code[start:end]):
        first = start + match.end()
        depth, clause = 0, first
        for position in range(first, end):
            character = code[position]
            if depth == 0 and (
                character in ",{" or code.startswith("else", position) and character == "e"):
                text = code[clause:position].strip()
                if text and not re.match(r"(let|var|case)\b", text):
                    at = code.index(text, clause)
                    yield at, at + len(text), f"!({text})"
                if character != ",":
                    break
                clause = position + 1
            depth += (character in "([") - (character in ")]")


def removals(code, region):
    """Each statement on a separate line, and each that a brace on its line encloses, removed."""
    start, end = region.start, region.end
    # What an initializer leaves out is an error that the compiler reports at its end, far from it.
    kept = r"(self\.)?\w+(\.init\(| =)" if region.name.startswith("init") else "$^"
    lines = [(m.start(), m.end()) for m in re.finditer(r"[^\n]+", code[start:end])]
    texts = [code[start + a : start + b] for a, b in lines]
    for number, ((first, _), text) in enumerate(zip(lines, texts)):
        before = next((t for t in reversed(texts[:number]) if t.strip()), "").rstrip()
        after = next((t for t in texts[number + 1 :] if t.strip()), "").lstrip()
        for statement in STATEMENT.finditer(text):
            content = statement.group(1)
            whole = all(content.count(a) == content.count(b) for a, b in ("()", "[]"))
            if not whole or NO_STATEMENT.match(content) or re.match(kept, content):
                continue
            # An assignment or a call, and no piece of an expression that has more lines.
            if not re.match(r"[A-Za-z_].*( \S{0,3}= |\)$)", content):
                continue
            if "{ " not in statement.group() and (
                re.search(r"[(,=\-+*/|&?]$|\breturn$", before) or re.match(r"[-+*/|&?.)]", after)):
                continue
            at = start + first + statement.start(1)
            yield at, at + len(content), "()"
