//! Edgewright.
