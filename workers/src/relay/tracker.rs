//! Which position of the log may be confirmed: the end of the last transaction before which every row was acknowledged
//! by the broker. Partitions acknowledge out of order, so transactions are kept in a queue until their turn.

use std::collections::VecDeque;

use time::OffsetDateTime;

/// One transaction on its way.
#[derive(Debug)]
struct Transaction {
    /// When it was committed.
    committed: OffsetDateTime,
    /// Rows the broker has not acknowledged.
    outstanding: usize,
    /// Highest sequence number in it.
    seq: i64,
    /// Position after its commit; `None` while it is being read.
    end: Option<u64>,
}

/// How far everything is acknowledged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Position of the log that may be confirmed; 0 if none.
    pub position: u64,
    /// Highest acknowledged sequence number; 0 if none.
    pub seq: i64,
}

/// Transactions in the order of the log, numbered from 1.
#[derive(Debug)]
pub struct Tracker {
    open: VecDeque<Transaction>,
    /// Number of the first in `open`.
    first: usize,
    progress: Progress,
}

impl Default for Tracker {
    fn default() -> Self {
        Self { open: VecDeque::new(), first: 1, progress: Progress::default() }
    }
}

impl Tracker {
    /// A transaction that was committed at `committed` begins; returns its number.
    pub fn begin(&mut self, committed: OffsetDateTime) -> usize {
        self.open.push_back(Transaction { committed, outstanding: 0, seq: 0, end: None });
        self.first + self.open.len() - 1
    }

    /// A row of transaction `number` is given to the broker.
    pub fn sent(&mut self, number: usize, seq: i64) {
        if let Some(transaction) = self.get(number) {
            transaction.outstanding += 1;
            transaction.seq = transaction.seq.max(seq);
        }
    }

    /// The broker acknowledged a row of transaction `number`; returns when that was committed.
    pub fn acknowledged(&mut self, number: usize) -> Option<OffsetDateTime> {
        let transaction = self.get(number)?;
        transaction.outstanding = transaction.outstanding.saturating_sub(1);
        let committed = transaction.committed;
        self.advance();
        Some(committed)
    }

    /// Transaction `number` is complete; `end` is the position after its commit.
    pub fn committed(&mut self, number: usize, end: u64) {
        if let Some(transaction) = self.get(number) {
            transaction.end = Some(end);
        }
        self.advance();
    }

    /// Whether nothing is on its way.
    pub fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    pub fn progress(&self) -> Progress {
        self.progress
    }

    fn get(&mut self, number: usize) -> Option<&mut Transaction> {
        self.open.get_mut(number.checked_sub(self.first)?)
    }

    fn advance(&mut self) {
        while let Some(Transaction { outstanding: 0, seq, end: Some(end), .. }) = self.open.front() {
            self.progress.position = *end;
            self.progress.seq = self.progress.seq.max(*seq);
            self.open.pop_front();
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_is_confirmed_when_it_and_all_before_it_are_acknowledged() {
        let mut tracker = Tracker::default();
        let one = tracker.begin(OffsetDateTime::UNIX_EPOCH);
        tracker.sent(one, 10);
        tracker.sent(one, 11);
        tracker.committed(one, 100);
        let two = tracker.begin(OffsetDateTime::UNIX_EPOCH);
        tracker.sent(two, 12);
        tracker.committed(two, 200);

        tracker.acknowledged(two);
        tracker.acknowledged(one);
        assert_eq!(tracker.progress(), Progress::default());
        tracker.acknowledged(one);
        assert_eq!(tracker.progress(), Progress { position: 200, seq: 12 });
        assert!(tracker.is_idle());
    }

    #[test]
    fn an_open_transaction_is_never_confirmed() {
        let mut tracker = Tracker::default();
        let one = tracker.begin(OffsetDateTime::UNIX_EPOCH);
        tracker.sent(one, 1);
        tracker.acknowledged(one);
        assert_eq!(tracker.progress().position, 0);
        assert!(!tracker.is_idle());
        tracker.committed(one, 50);
        assert_eq!(tracker.progress().position, 50);
    }

    #[test]
    fn empty_transactions_and_late_acknowledgements_do_no_harm() {
        let mut tracker = Tracker::default();
        let one = tracker.begin(OffsetDateTime::UNIX_EPOCH);
        tracker.committed(one, 10);
        assert_eq!(tracker.progress(), Progress { position: 10, seq: 0 });
        tracker.acknowledged(one);
        tracker.acknowledged(99);
        tracker.acknowledged(0);
        assert_eq!(tracker.progress().position, 10);
    }
}
