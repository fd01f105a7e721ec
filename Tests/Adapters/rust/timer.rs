// A Count/Compare timer that only counts, as an adapter in Rust with nothing but its library.
use std::convert::TryInto;
use std::io::{Read, Write};

#[derive(Clone, Copy)]
struct Timer { hertz: u64, bias: u64, compare: u64 }

impl Timer {
    fn ticks(&self, now: u64) -> u64 {
        (now as u128 * self.hertz as u128 / 1_000_000_000) as u64
    }
    // The value read and the status: 0 done, 2 no such function.
    fn perform(&mut self, verb: u8, space: u8, offset: u32, now: u64, value: u64) -> (u64, u32) {
        match (verb, space, offset) {
            (0, _, _) => {
                *self = Timer { hertz: value, bias: 0, compare: 0 };
                self.bias = 0u64.wrapping_sub(self.ticks(now)) & 0xffff_ffff;
            }
            (1, 0, 4) => return (self.compare, 0),
            (1, 0, _) => return (self.bias.wrapping_add(self.ticks(now)) & 0xffff_ffff, 0),
            (2, 0, 4) => self.compare = value & 0xffff_ffff,
            (3, _, _) => {}
            _ => return (0, 2),
        }
        (0, 0)
    }
    fn save(&self) -> Vec<u8> {
        [self.hertz, self.bias, self.compare].iter().flat_map(|n| n.to_le_bytes()).collect()
    }
    fn load(&mut self, b: &[u8]) { *self = Timer { hertz: long(b, 0), bias: long(b, 8), compare: long(b, 16) } }
}

fn word(b: &[u8], at: usize) -> u32 { u32::from_le_bytes(b[at..at + 4].try_into().unwrap()) }
fn long(b: &[u8], at: usize) -> u64 { u64::from_le_bytes(b[at..at + 8].try_into().unwrap()) }

fn main() {
    let mut timer = Timer { hertz: 100_000_000, bias: 0, compare: 0 };
    let (mut input, mut header) = (std::io::stdin(), [0u8; 16]);
    while input.read_exact(&mut header).is_ok() {
        let (states_size, count) = (24 * (word(&header, 8) >> 16) as usize, word(&header, 12));
        let mut body = vec![0u8; word(&header, 0) as usize];
        input.read_exact(&mut body).unwrap();
        let (mut results, mut states): (Vec<u8>, Vec<u8>) = (vec![], vec![]);
        if header[8] == 1 {
            for n in [2u32, 1, 1, 24, 100_000_000, 0, 0, 0] { results.extend(n.to_le_bytes()) }
            results.extend(*b"rust-timer"); results.resize(96, 0);
        } else {
            for op in body[states_size..].chunks(32) {
                // From a state of the request, not from where the last operation ended.
                let (offset, start) = (word(op, 4) & 0xffff, (word(op, 4) >> 16) as usize);
                if start > 0 { timer.load(&body[24 * (start - 1)..24 * start]) }
                let (value, status) = timer.perform(op[0] & 0x7f, op[1], offset, long(op, 8), long(op, 16));
                for n in [value, u64::MAX, (status as u64) << 32] { results.extend(n.to_le_bytes()) }
                if op[0] & 0x80 != 0 { states.extend(timer.save()) }
            }
        }
        let mut output = vec![];
        for n in [(results.len() + states.len()) as u32, word(&header, 4), count, (states.len() / 24) as u32] { output.extend(n.to_le_bytes()) }
        output.extend(results); output.extend(states);
        let mut stdout = std::io::stdout();
        stdout.write_all(&output).unwrap(); stdout.flush().unwrap();
    }
}
