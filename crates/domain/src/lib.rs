//! The rules of Fastfusion: users, ticks, prices.
