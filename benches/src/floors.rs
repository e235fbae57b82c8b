//! Hand-written floors: loops that do nothing but the queue. No recording, no features, one shared random stream. What a
//! simulator costs beyond them is the price of being one.

use std::collections::VecDeque;

/// A queue with Poisson arrivals, unit exponential service and exponential patience.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queue {
    /// Servers, at most 31.
    pub servers: usize,
    /// Arrivals per service time.
    pub rate: f64,
    /// Mean patience; infinite waits for ever.
    pub patience: f64,
}

/// xoshiro256++ (Blackman and Vigna 2019) with a 256-layer ziggurat for the exponential (Marsaglia and Tsang 2000).
pub struct Stream {
    state: [u64; 4],
    x: Box<[f64; 257]>,
    f: Box<[f64; 257]>,
}

const TAIL: f64 = 7.697_117_470_131_05;
const AREA: f64 = 0.003_949_659_822_581_557;

impl Stream {
    /// A stream of this seed, spread by `SplitMix64`.
    pub fn new(seed: u64) -> Stream {
        let mut z = seed;
        let mut next = || {
            z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut t = z;
            t = (t ^ (t >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            t = (t ^ (t >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            t ^ (t >> 31)
        };
        let state = [next(), next(), next(), next()];
        let mut x = Box::new([0.0; 257]);
        let mut f = Box::new([0.0; 257]);
        x[0] = AREA / (-TAIL).exp();
        x[1] = TAIL;
        for i in 2..256 {
            x[i] = -((-x[i - 1]).exp() + AREA / x[i - 1]).ln();
        }
        for i in 0..257 {
            f[i] = (-x[i]).exp();
        }
        Stream { state, x, f }
    }

    #[inline(always)]
    fn word(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    #[inline(always)]
    fn uniform(&mut self) -> f64 {
        (self.word() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// One of `0..n`, for what is not timed.
    pub fn below(&mut self, n: usize) -> usize {
        (self.uniform() * n as f64) as usize
    }

    /// Exponential with mean 1.
    #[inline(always)]
    pub fn exponential(&mut self) -> f64 {
        let word = self.word();
        let layer = (word & 255) as usize;
        let x = (word >> 11) as f64 * (1.0 / (1u64 << 53) as f64) * self.x[layer];
        if x < self.x[layer + 1] {
            x
        } else {
            self.rare(layer, x)
        }
    }

    #[cold]
    #[inline(never)]
    fn rare(&mut self, mut layer: usize, mut x: f64) -> f64 {
        loop {
            if layer == 0 {
                return TAIL - (1.0 - self.uniform()).ln();
            }
            if self.f[layer + 1] + (self.f[layer] - self.f[layer + 1]) * self.uniform() < (-x).exp() {
                return x;
            }
            let word = self.word();
            layer = (word & 255) as usize;
            x = (word >> 11) as f64 * (1.0 / (1u64 << 53) as f64) * self.x[layer];
            if x < self.x[layer + 1] {
                return x;
            }
        }
    }
}

/// The usual event loop: one heap holds the next arrival, a departure per busy server and a patience event per waiting
/// customer, whose entry is left behind when the customer is served. Mean wait of all.
pub fn event_loop(queue: Queue, customers: u64, seed: u64) -> f64 {
    const ARRIVAL: u64 = 0;
    const DEPARTURE: u64 = 1;
    const GIVES_UP: u64 = 2;
    let mut random = Stream::new(seed);
    let mut events = Heap4(Vec::with_capacity(1024));
    let (mut since, mut generation, mut free) = (Vec::<f64>::new(), Vec::<u32>::new(), Vec::<u32>::new());
    let mut line: VecDeque<(u32, u32)> = VecDeque::with_capacity(1024);
    let (mut busy, mut arrived, mut waited) = (0, 0, 0.0);
    let gap = 1.0 / queue.rate;
    events.push((random.exponential() * gap, ARRIVAL));
    while let Some((now, event)) = events.pop() {
        match event & 3 {
            ARRIVAL => {
                arrived += 1;
                if arrived < customers {
                    events.push((now + random.exponential() * gap, ARRIVAL));
                }
                if busy < queue.servers {
                    busy += 1;
                    events.push((now + random.exponential(), DEPARTURE));
                    continue;
                }
                let slot = free.pop().unwrap_or_else(|| {
                    since.push(0.0);
                    generation.push(0);
                    (since.len() - 1) as u32
                });
                since[slot as usize] = now;
                let g = generation[slot as usize];
                line.push_back((slot, g));
                if queue.patience.is_finite() {
                    let event = GIVES_UP | u64::from(slot) << 2 | u64::from(g) << 32;
                    events.push((now + random.exponential() * queue.patience, event));
                }
            }
            DEPARTURE => loop {
                let Some((slot, g)) = line.pop_front() else {
                    busy -= 1;
                    break;
                };
                let i = slot as usize;
                if generation[i] == g {
                    waited += now - since[i];
                    generation[i] = g.wrapping_add(1);
                    free.push(slot);
                    events.push((now + random.exponential(), DEPARTURE));
                    break;
                }
            },
            _ => {
                let (slot, g) = ((event as u32) >> 2, (event >> 32) as u32);
                let i = slot as usize;
                if generation[i] == g {
                    waited += now - since[i];
                    generation[i] = g.wrapping_add(1);
                    free.push(slot);
                }
            }
        }
    }
    waited / customers as f64
}

/// No heap: a lane per server and one for the next arrival, the minimum by a branch-free tree of comparisons; patience is
/// settled when a server looks at the head of the line. Mean wait of all.
///
/// # Panics
/// With more than 31 servers: there are 32 lanes.
pub fn flat(queue: Queue, customers: u64, seed: u64) -> f64 {
    const IDLE: u64 = u64::MAX;
    const LANES: usize = 32;
    struct Lanes {
        keys: [u64; LANES],
        times: [f64; LANES],
    }
    impl Lanes {
        /// The key is the time's bits with the lane in the lowest five: positive doubles order as their bits do.
        #[inline(always)]
        fn set(&mut self, lane: usize, at: f64) {
            self.times[lane] = at;
            self.keys[lane] = (at.to_bits() & !31) | lane as u64;
        }
        #[inline(always)]
        fn least(&self) -> u64 {
            let mut m = [0u64; 16];
            for (i, least) in m.iter_mut().enumerate() {
                *least = self.keys[i].min(self.keys[i + 16]);
            }
            for i in 0..8 {
                m[i] = m[i].min(m[i + 8]);
            }
            for i in 0..4 {
                m[i] = m[i].min(m[i + 4]);
            }
            m[0].min(m[1]).min(m[2].min(m[3]))
        }
    }
    assert!(queue.servers < LANES);
    let mut random = Stream::new(seed);
    let gap = 1.0 / queue.rate;
    let mut lanes = Lanes {
        keys: [IDLE; LANES],
        times: [f64::INFINITY; LANES],
    };
    let mut free: Vec<usize> = (1..=queue.servers).rev().collect();
    let mut line: VecDeque<(f64, f64)> = VecDeque::with_capacity(1024);
    let (mut arrived, mut waited) = (0u64, 0.0);
    lanes.set(0, random.exponential() * gap);
    loop {
        let least = lanes.least();
        if least == IDLE {
            break;
        }
        let lane = (least & 31) as usize;
        let now = lanes.times[lane];
        if lane == 0 {
            arrived += 1;
            if arrived < customers {
                lanes.set(0, now + random.exponential() * gap);
            } else {
                lanes.keys[0] = IDLE;
            }
            if let Some(server) = free.pop() {
                lanes.set(server, now + random.exponential());
            } else {
                let patience = if queue.patience.is_finite() {
                    random.exponential() * queue.patience
                } else {
                    f64::INFINITY
                };
                line.push_back((now, patience));
            }
            continue;
        }
        loop {
            let Some((since, patience)) = line.pop_front() else {
                lanes.keys[lane] = IDLE;
                free.push(lane);
                break;
            };
            let wait = now - since;
            if wait <= patience {
                waited += wait;
                lanes.set(lane, now + random.exponential());
                break;
            }
            waited += patience;
        }
    }
    waited / customers as f64
}

/// A 4-ary heap of (time, payload).
struct Heap4(Vec<(f64, u64)>);

impl Heap4 {
    #[inline(always)]
    fn push(&mut self, entry: (f64, u64)) {
        let heap = &mut self.0;
        let mut i = heap.len();
        heap.push(entry);
        while i > 0 {
            let parent = (i - 1) / 4;
            if heap[parent].0 <= entry.0 {
                break;
            }
            heap[i] = heap[parent];
            i = parent;
        }
        heap[i] = entry;
    }

    #[inline(always)]
    fn pop(&mut self) -> Option<(f64, u64)> {
        let heap = &mut self.0;
        let top = *heap.first()?;
        let last = heap.pop()?;
        let len = heap.len();
        if len == 0 {
            return Some(top);
        }
        let mut i = 0;
        loop {
            let first = 4 * i + 1;
            if first >= len {
                break;
            }
            let mut least = first;
            for child in first + 1..(first + 4).min(len) {
                if heap[child].0 < heap[least].0 {
                    least = child;
                }
            }
            if heap[least].0 >= last.0 {
                break;
            }
            heap[i] = heap[least];
            i = least;
        }
        heap[i] = last;
        Some(top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both floors agree with theory (M/M/1: 9 at load .9; M/M/20+M at 1.1: .13662): five runs, |t| below 8.6 with 4
    /// degrees of freedom fails a true floor once in a thousand.
    #[test]
    fn floors_are_right() {
        let one = Queue {
            servers: 1,
            rate: 0.9,
            patience: f64::INFINITY,
        };
        let many = Queue {
            servers: 20,
            rate: 22.0,
            patience: 1.0,
        };
        for (queue, customers, exact) in [(one, 1_000_000, 9.0), (many, 200_000, 0.136_62)] {
            for floor in [event_loop, flat] {
                let waits: Vec<f64> = (1..=5).map(|seed| floor(queue, customers, seed)).collect();
                let mean = waits.iter().sum::<f64>() / 5.0;
                let squares: f64 = waits.iter().map(|w| (w - mean) * (w - mean)).sum();
                let t = (mean - exact) / (squares / 20.0).sqrt();
                assert!(t.abs() < 8.6, "mean wait {mean}, theory {exact}, t = {t}");
            }
        }
    }
}
