//! Threads where there is hardly room for them. `ulimit` limits addresses on Linux alone.
#![cfg(target_os = "linux")]

use std::env;
use std::process::{Command, exit};

use hackface_core::job::threads;
use memmap2::MmapMut;

/// Bytes that the child leaves free; the parent says them.
const LEFT: &str = "HACKFACE_TEST_BYTES_LEFT";
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

/// In the child: a pool of two threads where so many bytes are left.
fn start_two(left: usize) -> ! {
    let kept = MmapMut::map_anon(left).expect("the limit leaves this much");
    let mut taken = Vec::with_capacity(4096);
    take_all(&mut taken);
    drop(kept);
    let pool = threads::pool(2).map(|pool| pool.broadcast(|_| ()));
    let started = pool.is_ok();
    drop(taken);
    exit(i32::from(!started));
}

#[test]
fn two_threads_start_or_are_refused_however_little_is_left() {
    if let Ok(left) = env::var(LEFT) {
        start_two(left.parse().expect("bytes"));
    }
    let program = env::current_exe().expect("this test");
    let mut ends = [0, 0];
    // Around the stacks of two threads, 2 MiB each; and with room for their heaps, 64 MiB each, which glibc finds by
    // asking for twice as much.
    let around_stacks = (1..90).map(|i| 1024 - 40 + i * 3);
    for pages in around_stacks.chain((0..5).map(|i| 50_000 + i * 5000)) {
        let mut child = Command::new("sh");
        child
            .args([
                "-c",
                "ulimit -c 0; ulimit -v 400000; exec \"$0\" --test-threads=1",
            ])
            .arg(&program)
            .env(LEFT, (pages * PAGE).to_string());
        let run = child.output().expect("a shell");
        match run.status.code() {
            Some(code @ (0 | 1)) => ends[code as usize] += 1,
            other => panic!(
                "{pages} pages left: {other:?} {}",
                String::from_utf8_lossy(&run.stderr)
            ),
        }
    }
    assert!(ends[0] > 0 && ends[1] > 0, "started and refused: {ends:?}");
}
