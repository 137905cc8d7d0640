/// The parts of a batch that one target gets. Targets with the same share get the same, which is made once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Share {
    /// Ticks of which it gets all users, as indexes into the batch's ticks, ascending.
    pub(super) whole_ticks: Vec<u32>,
    /// Other records that it gets, as indexes, ascending.
    pub(super) records: Vec<u32>,
}

impl Share {
    /// Adds a record, unless the share holds it. Records must come in ascending order.
    pub(super) fn add_record(&mut self, record: u32, tick: u32) {
        if self.records.last() != Some(&record) && self.whole_ticks.binary_search(&tick).is_err() {
            self.records.push(record);
        }
    }
}
