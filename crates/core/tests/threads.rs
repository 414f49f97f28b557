//! Threads where there is hardly room for them. `ulimit` limits addresses on Linux alone.
#![cfg(target_os = "linux")]

use std::env;
use std::process::{Command, exit};

use hackface_core::job::threads;
use memmap2::MmapMut;

/// How many threads the child starts, and how many pages it leaves free for them; the parent says both.
const THREADS: &str = "HACKFACE_TEST_THREADS";
const LEFT: &str = "HACKFACE_TEST_PAGES_LEFT";
const PAGE: usize = 4096;

/// Takes every address that the limit leaves.
fn take_all(taken: &mut Vec<MmapMut>) {
    let mut bytes = 1 << 30;
    while bytes >= PAGE {
        match MmapMut::map_anon(bytes) {
            Ok(block) if taken.len() < taken.capacity() => taken.push(block),
            _ => bytes /= 2,
        }
    }
}

/// A number that the parent says; only the child has one.
fn said(name: &str) -> Option<usize> {
    env::var(name).ok()?.parse().ok()
}

/// In the child: a pool where so many pages are left.
fn start_pool(threads: usize, pages_left: usize) -> ! {
    let kept = MmapMut::map_anon(pages_left * PAGE).expect("the limit leaves this much");
    let mut taken = Vec::with_capacity(4096);
    take_all(&mut taken);
    drop(kept);
    let pool = threads::pool(threads).map(|pool| pool.broadcast(|_| ()));
    let started = pool.is_ok();
    drop(taken);
    exit(i32::from(!started));
}

/// True if the child's pool starts; it ends in no other way. The heap of a process at its start depends on how long its
/// environment is.
fn starts(threads: usize, pages_left: usize, environment: usize) -> bool {
    let mut child = Command::new("sh");
    child
        .args([
            "-c",
            "ulimit -c 0; ulimit -v 400000; exec \"$0\" --test-threads=1",
        ])
        .arg(env::current_exe().expect("this test"))
        .env(THREADS, threads.to_string())
        .env(LEFT, pages_left.to_string())
        .env("HACKFACE_TEST_LONG", "x".repeat(environment));
    let run = child.output().expect("a shell");
    match run.status.code() {
        Some(code @ (0 | 1)) => code == 0,
        other => panic!(
            "{threads} threads, {pages_left} pages left: {other:?} {}",
            String::from_utf8_lossy(&run.stderr)
        ),
    }
}

#[test]
fn threads_start_or_are_refused_however_little_is_left() {
    if let (Some(threads), Some(pages)) = (said(THREADS), said(LEFT)) {
        start_pool(threads, pages);
    }
    for threads in [1, 2, 5] {
        let mut ends = [0, 0];
        // Around the stacks of the threads, 2 MiB each; and with room for their heaps, 64 MiB each, which glibc finds
        // by asking for twice as much.
        let around_stacks = (1..90).map(|i| threads * 512 - 40 + i * 3);
        let around_heaps = (0..5).map(|i| 50_000 + i * 5000);
        for pages in around_stacks.chain(around_heaps) {
            ends[usize::from(starts(threads, pages, pages * 37 % 2999))] += 1;
        }
        assert!(ends[0] > 0, "{threads} threads are refused: {ends:?}");
        assert!(ends[1] > 0 || threads > 2, "they start: {ends:?}");
    }
}
