//! Rules at work, by family; named by the number of the rule.

mod acceptance;
mod support;
