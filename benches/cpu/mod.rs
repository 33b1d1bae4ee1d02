//! CPU time of one thread, which other programs on the machine disturb least.

/// Seconds of CPU that this thread spends on something, once.
pub(crate) fn once(what: impl FnOnce()) -> f64 {
    let before = thread_nanos();
    what();
    (thread_nanos() - before) as f64 / 1e9
}

/// The same for what is over too soon to be measured: on average, over at least so many seconds.
pub(crate) fn cpu_time(what: impl Fn()) -> f64 {
    const SHORTEST: f64 = 0.02;
    let mut times = 1;
    loop {
        let spent = once(|| (0..times).for_each(|_| what()));
        if spent >= SHORTEST {
            return spent / f64::from(times);
        }
        times *= 4;
    }
}

fn thread_nanos() -> u64 {
    // The kernel brings its account up to date when it is asked to look who is next.
    std::thread::yield_now();
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|nanos| nanos.parse().ok()).expect("a Linux kernel tells")
}

/// The one in the middle.
pub(crate) fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_unstable_by(f64::total_cmp);
    samples[samples.len() / 2]
}

/// As people read it.
pub(crate) fn millis(seconds: f64) -> String {
    format!("{:.3} ms", seconds * 1e3)
}
