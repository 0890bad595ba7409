//! Broken answers for the tests of the adapters' readers: drawn from a fixed seed, so that a failure comes again. Truncated, of wrong
//! types, with huge numbers, nested thousands deep, not UTF-8. Must not call anything.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use pilothouse_engine::ports::provider::{ProviderError, ProviderErrorKind};

/// How many broken answers each adapter reads.
pub(crate) const MANY: usize = 10_000;

/// Marsaglia's xorshift64: all that is needed of chance here.
pub(crate) struct Dice(u64);

impl Dice {
    /// The dice of every run.
    pub(crate) fn new() -> Self {
        Self(0x5EED)
    }

    /// Dice that go on where others were left.
    pub(crate) fn from(seed: u64) -> Self {
        Self(seed)
    }

    /// Where they are.
    pub(crate) fn seed(&self) -> u64 {
        self.0
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).unwrap()
    }

    /// `text` with one to three things wrong with it. `nest` is what opens a level: of the adapter's own answers, so that it leads
    /// somewhere.
    pub(crate) fn mutate(&mut self, text: &str, nest: &str) -> Vec<u8> {
        const PIECES: &[&[u8]] = &[
            b"null",
            b"{}",
            b"[]",
            b"\"x\"",
            b"-1",
            b"1e999",
            b"184467440737095516160",
            b"9223372036854775807",
            b"true",
            b"\xff\xfe",
            b"\0",
            b"<",
            b"%",
            b"/job/",
            b"*a",
            b"!t ",
            b"<<: ",
        ];
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.roll(3) {
            let at = self.roll(bytes.len());
            match self.roll(6) {
                0 => bytes.truncate(at),
                1 => bytes[at..].iter_mut().take(1).for_each(|byte| *byte = byte.wrapping_add(1)),
                2 => {
                    bytes.splice(at..at, PIECES[self.roll(PIECES.len())].iter().copied());
                }
                3 => {
                    // The value behind a colon becomes another.
                    let colon = bytes.iter().skip(at).position(|byte| *byte == b':').map_or(at, |colon| at + colon + 1);
                    let length = bytes.iter().skip(colon).position(|byte| matches!(byte, b',' | b'}' | b']'));
                    let end = length.map_or(bytes.len(), |length| colon + length);
                    bytes.splice(colon.min(end)..end, PIECES[self.roll(PIECES.len())].iter().copied());
                }
                4 => {
                    let nested = if self.roll(2) == 0 { "[" } else { nest };
                    bytes.splice(at..at, nested.as_bytes().repeat(self.roll(3000)));
                }
                _ => {
                    let end = (at + self.roll(20)).min(bytes.len());
                    bytes.drain(at..end);
                }
            }
            if bytes.is_empty() {
                break;
            }
        }
        bytes
    }
}

/// What was read; `None` for a failure, which must be of a kind that a broken answer has.
pub(crate) fn is_typed<T>(read: Result<T, ProviderError>) -> Option<T> {
    let is_fitting = |kind: &ProviderErrorKind| matches!(kind, ProviderErrorKind::Unexpected | ProviderErrorKind::Unauthorized);
    read.map_err(|error| {
        assert!(is_fitting(&error.kind), "{error:?}");
        assert!(error.message.chars().count() < 2000 && !error.next_step.is_empty(), "{error:?}");
    })
    .ok()
}
