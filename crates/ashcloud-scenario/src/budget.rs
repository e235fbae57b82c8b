//! What the worlds and staffing models of one scenario may take together: each may be large, and there may be a thousand of
//! them.

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Bytes of scenario and staffing files, each counted as often as a world or model reads it.
    Text,
    /// Bytes of CSV files, each counted as often as a stream or law reads it.
    Csv,
    /// Constant pieces of rates, and days.
    Pieces,
    /// Shifts on their dates, and agents who work them.
    Changes,
}

impl Cost {
    /// The most that all worlds and models take, and how a fault says so.
    fn limit(self) -> (u64, &'static str) {
        match self {
            Cost::Text => (
                64 << 20,
                "more than 64 MiB of scenario and staffing files, counted for every model that reads them",
            ),
            Cost::Csv => (
                2 << 30,
                "more than 2 GiB of CSV files, counted for every world that reads them",
            ),
            Cost::Pieces => (
                20_000_000,
                "more than 20,000,000 days and hours of changing rates in all worlds",
            ),
            Cost::Changes => (
                50_000_000,
                "more than 50,000,000 days of shifts in all staffing models",
            ),
        }
    }
}

/// What has been taken.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    taken: [u64; 4],
}

impl Budget {
    /// Takes so much; says what is too much once the limit is passed.
    pub(crate) fn take(&mut self, cost: Cost, amount: u64) -> Result<(), &'static str> {
        let taken = &mut self.taken[cost as usize];
        *taken = taken.saturating_add(amount);
        let (limit, message) = cost.limit();
        if *taken > limit { Err(message) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_each_takes_adds_up() {
        let mut budget = Budget::default();
        assert_eq!(budget.take(Cost::Pieces, 10_000_000), Ok(()));
        assert_eq!(budget.take(Cost::Changes, 10_000_000), Ok(()));
        assert_eq!(budget.take(Cost::Pieces, 10_000_000), Ok(()));
        assert!(budget.take(Cost::Pieces, 1).is_err());
        assert!(budget.take(Cost::Pieces, u64::MAX).is_err());
    }
}
