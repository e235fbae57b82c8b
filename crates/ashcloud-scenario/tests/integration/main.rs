//! Scenario files as people write them: what they become, and what is said of faulty ones.

mod compiled;
mod endless;
mod faulty;
mod follow_up;
mod hostile;
mod local_time;
mod newcomer;
mod robust;
mod warned;
