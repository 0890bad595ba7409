//! How often something may happen: buckets of tokens that fill up with time. Must not grow with the number of those who come.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So many are remembered.
const MOST: usize = 4_096;

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// So often at once.
    pub burst: u32,
    /// And so often a second in the long run, at least 1.
    pub per_second: u32,
}

/// A bucket for each key.
pub(crate) struct Buckets<K> {
    rate: Rate,
    known: Mutex<HashMap<K, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl<K: Eq + Hash + Copy> Buckets<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, known: Mutex::new(HashMap::new()) }
    }

    /// Takes so many tokens; otherwise how long to wait.
    pub(crate) fn take(&self, key: K, tokens: u32, now: Instant) -> Result<(), Duration> {
        let (most, speed) = (f64::from(self.rate.burst), f64::from(self.rate.per_second.max(1)));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = |bucket: &Bucket| (bucket.tokens + now.saturating_duration_since(bucket.at).as_secs_f64() * speed).min(most);
        if known.len() >= MOST && !known.contains_key(&key) {
            // Whoever has been quiet for long enough is as good as unknown.
            known.retain(|_, bucket| filled(bucket) < most);
            if known.len() >= MOST {
                return Err(Duration::from_secs(1));
            }
        }
        let bucket = known.entry(key).or_insert(Bucket { tokens: most, at: now });
        let wanted = f64::from(tokens);
        let there = filled(bucket);
        let is_enough = there >= wanted;
        *bucket = Bucket { tokens: if is_enough { there - wanted } else { there }, at: now };
        if is_enough { Ok(()) } else { Err(Duration::from_secs_f64((wanted - there) / speed)) }
    }
}

/// Whose bucket an address has: with IPv6 whoever has one address has its whole network of 64 bits.
pub(crate) fn bucket_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => match six.to_ipv4_mapped() {
            Some(four) => IpAddr::V4(four),
            None => {
                let [a, b, c, d, ..] = six.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_up_again() {
        let buckets = Buckets::new(Rate { burst: 3, per_second: 2 });
        let start = Instant::now();
        assert!((0..3).all(|_| buckets.take('a', 1, start).is_ok()));
        assert_eq!(buckets.take('a', 1, start), Err(Duration::from_millis(500)));
        assert_eq!(buckets.take('b', 1, start), Ok(()), "another one's");
        assert_eq!(buckets.take('a', 1, start + Duration::from_millis(500)), Ok(()));
        assert!(buckets.take('a', 3, start + Duration::from_secs(60)).is_ok(), "full again");
        assert!(buckets.take('a', 1, start + Duration::from_secs(60)).is_err(), "and no fuller");
    }

    #[test]
    fn a_crowd_takes_no_more_memory() {
        let buckets = Buckets::new(Rate { burst: 2, per_second: 1 });
        let start = Instant::now();
        let refused = (0..10_000).filter(|key| buckets.take(*key, 1, start).is_err()).count();
        assert_eq!((refused, buckets.known.lock().map(|known| known.len()).unwrap_or_default()), (10_000 - MOST, MOST));
        assert!(buckets.take(20_000, 1, start + Duration::from_secs(2)).is_ok(), "the quiet ones are forgotten");
    }

    #[test]
    fn a_network_of_addresses_is_one() {
        let of = |text: &str| text.parse().map(bucket_of).ok();
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:2::"), of("2001:db8:1:3::"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
