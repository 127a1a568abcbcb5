//! What JavaScript sees, with the feature `npm`: the package's classes, its options read from objects, and the JavaScript
//! files that are about JavaScript's own values.

mod open;
