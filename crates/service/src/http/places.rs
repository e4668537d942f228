//! How many requests are served at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Places for requests, a bounded number.
#[derive(Debug)]
pub(super) struct Places {
    taken: Arc<AtomicUsize>,
    greatest: usize,
}

/// A place; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicUsize>);

impl Places {
    pub(super) fn new(greatest: usize) -> Self {
        Self {
            taken: Arc::new(AtomicUsize::new(0)),
            greatest,
        }
    }

    /// A place, if one is free. Nobody waits.
    pub(super) fn enter(&self) -> Option<Place> {
        let before = self.taken.fetch_add(1, Ordering::AcqRel);
        // Dropped at once where it is one too many.
        let place = Place(Arc::clone(&self.taken));
        (before < self.greatest).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_bounded_and_free_again() {
        let places = Places::new(2);
        let one = places.enter();
        let two = places.enter();
        assert!(one.is_some() && two.is_some());
        assert!(places.enter().is_none());
        assert!(places.enter().is_none());
        drop(one);
        assert!(places.enter().is_some());
    }
}
