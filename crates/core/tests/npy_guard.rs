//! Files cut short under a mapping (rule F03), and the manners of the handler that survives it.
//!
//! Signal handlers belong to the process, so each scenario runs in a process of its own: the test
//! starts this very binary again with the name of the scenario in its environment.
#![cfg(any(target_os = "linux", target_os = "macos"))]
#![allow(unsafe_code)]

mod npy_support;

use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use hackface_core::Code;
use hackface_core::npy::{Io, NpyFile};
use libc::{c_int, c_void, siginfo_t};
use npy_support::{Scratch, npy};

const CHILD: &str = "HACKFACE_GUARD_SCENARIO";

/// Runs `body` in a fresh process; `None` inside that process, where it has run.
fn alone(name: &str, body: fn()) -> Option<ExitStatus> {
    if std::env::var_os(CHILD).is_some_and(|wanted| wanted == name) {
        body();
        return None;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--test-threads=1", "--nocapture"])
        .env(CHILD, name)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{name} went on for ever");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

macro_rules! lives {
    ($name:ident) => {
        #[test]
        fn $name() {
            if let Some(status) = alone(stringify!($name), scenario::$name) {
                assert!(status.success(), "{status}");
            }
        }
    };
}

macro_rules! dies_of_sigbus {
    ($name:ident) => {
        #[test]
        fn $name() {
            if let Some(status) = alone(stringify!($name), scenario::$name) {
                assert_eq!(status.signal(), Some(libc::SIGBUS), "{status}");
            }
        }
    };
}

lives!(cut_short_is_an_error_and_not_the_end);
lives!(cut_short_in_fortran_order_is_an_error);
lives!(earlier_handler_is_left_out_of_our_faults);
lives!(later_handler_is_left_out_once_armed_again);
lives!(foreign_fault_reaches_an_earlier_handler);
lives!(foreign_fault_reaches_an_earlier_handler_without_info);
lives!(foreign_fault_reaches_the_newest_handler_first);
lives!(foreign_fault_goes_through_a_newcomer_that_passes_it_back);
lives!(newcomer_that_comes_again_and_again_is_called_once);
lives!(sent_signal_stays_ignored);
lives!(default_after_a_newcomer_is_the_default_again);
lives!(all_threads_survive_at_once);
lives!(backward_reads_do_not_use_up_the_mappings);
lives!(more_files_than_slots_are_read_instead);
lives!(slots_are_given_back);
dies_of_sigbus!(foreign_fault_still_kills);
dies_of_sigbus!(foreign_fault_still_kills_when_ignored);
dies_of_sigbus!(sent_signal_still_kills);
dies_of_sigbus!(newcomer_that_passes_back_does_not_go_round_for_ever);
dies_of_sigbus!(fault_after_closing_is_foreign);

fn page() -> usize {
    // SAFETY: asks for a constant.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

const DIM: usize = 4096;

/// A sparse float32 matrix of zeros whose rows are 16 KiB.
fn sparse(path: &Path, rows: usize, order: &str) {
    let text = format!("{{'descr': '<f4', 'fortran_order': {order}, 'shape': ({rows}, {DIM})}}");
    std::fs::write(path, npy((1, 0), &text, 64, &[])).unwrap();
    set_length(path, 128 + (rows * DIM * 4) as u64);
}

fn set_length(path: &Path, length: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(length).unwrap();
}

/// Cuts the file after its first page, reads the last row, and expects to be told.
fn cut_and_expect_error(file: &NpyFile) {
    assert_eq!(file.io(), Io::Mmap);
    set_length(file.path(), page() as u64);
    let error = file.read_row(file.rows() - 1, &mut [0.0; DIM]).unwrap_err();
    assert_eq!(error.code(), Code::InputChanged, "{error}");
    assert!(error.to_string().contains("pages of the file"), "{error}");
    assert_eq!(error.file(), Some(file.path()));
    let error = file.check_unchanged().unwrap_err();
    assert_eq!(error.code(), Code::InputChanged, "{error}");
}

static CALLS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count_only(_: c_int) {
    CALLS.fetch_add(1, SeqCst);
}

/// Cures the fault by mapping a page there, as ours does.
fn cure(info: *mut siginfo_t) {
    CALLS.fetch_add(1, SeqCst);
    // SAFETY: a fault carries an address, and only the foreign mapping of a scenario faults.
    unsafe {
        let address = (*info).si_addr() as usize & !(page() - 1);
        let flags = libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANON;
        let fixed = libc::mmap(
            address as *mut c_void,
            page(),
            libc::PROT_READ,
            flags,
            -1,
            0,
        );
        assert!(fixed != libc::MAP_FAILED);
    }
}

extern "C" fn curing(_: c_int, info: *mut siginfo_t, _: *mut c_void) {
    cure(info);
}

static PLACE: AtomicUsize = AtomicUsize::new(0);

/// The same without SA_SIGINFO: it has to be told where.
extern "C" fn curing_without_info(_: c_int) {
    CALLS.fetch_add(1, SeqCst);
    let flags = libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANON;
    // SAFETY: PLACE is the foreign mapping of the scenario.
    unsafe {
        let place = PLACE.load(SeqCst) as *mut c_void;
        libc::mmap(place, page(), libc::PROT_READ, flags, -1, 0);
    }
}

static FOUND: AtomicUsize = AtomicUsize::new(0);

/// Calls what it found when it was installed, as crash reporters do.
extern "C" fn passing_back(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    CALLS.fetch_add(100, SeqCst);
    // SAFETY: FOUND is the handler that `install` returned, which takes a siginfo here.
    let found: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) =
        unsafe { std::mem::transmute(FOUND.load(SeqCst)) };
    found(signal, info, context);
}

/// Installs a handler and returns the one it replaced.
fn install(handler: usize, flags: c_int) -> usize {
    // SAFETY: both actions are valid, and the handlers above take what the flags promise.
    unsafe {
        let mut new: libc::sigaction = std::mem::zeroed();
        let mut old: libc::sigaction = std::mem::zeroed();
        new.sa_sigaction = handler;
        new.sa_flags = flags;
        assert_eq!(libc::sigaction(libc::SIGBUS, &new, &mut old), 0);
        old.sa_sigaction
    }
}

fn install_with_info(handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void)) -> usize {
    install(handler as *const () as usize, libc::SA_SIGINFO)
}

fn install_plain(handler: extern "C" fn(c_int)) -> usize {
    install(handler as *const () as usize, 0)
}

/// Faults in a mapping that is none of the library's, and reads what comes of it.
fn foreign_fault(scratch: &Scratch) -> u8 {
    foreign_fault_at(scratch, 0)
}

/// The same at a place that the system is asked for.
fn foreign_fault_at(scratch: &Scratch, wanted: usize) -> u8 {
    let path = scratch.file("foreign", &vec![1; page()]);
    let file = File::options().read(true).write(true).open(path).unwrap();
    // SAFETY: maps a whole page of a file, cuts the file, and reads the page once.
    unsafe {
        use std::os::fd::AsRawFd;
        let place = libc::mmap(
            wanted as *mut c_void,
            page(),
            libc::PROT_READ,
            libc::MAP_PRIVATE,
            file.as_raw_fd(),
            0,
        );
        assert!(place != libc::MAP_FAILED);
        assert!(wanted == 0 || place as usize == wanted);
        file.set_len(0).unwrap();
        PLACE.store(place as usize, SeqCst);
        place.cast::<u8>().read_volatile()
    }
}

fn open(scratch: &Scratch) -> NpyFile {
    let path = scratch.path("x.npy");
    sparse(&path, 256, "False");
    NpyFile::open(&path, Io::Mmap).unwrap()
}

fn opened() -> (Scratch, NpyFile) {
    let scratch = Scratch::new();
    let file = open(&scratch);
    (scratch, file)
}

fn send_signal() {
    // SAFETY: sends a signal to this thread.
    unsafe { libc::raise(libc::SIGBUS) };
}

/// The scenarios that are to die leave no core file.
fn without_core_dump() {
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: a valid limit.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &none) };
}

mod scenario {
    use super::*;

    pub(super) fn cut_short_is_an_error_and_not_the_end() {
        let (scratch, file) = opened();
        file.read_row(255, &mut [0.0; DIM]).unwrap();
        assert!(file.as_f32().unwrap().iter().all(|v| *v == 0.0));
        file.check_unchanged().unwrap();
        let other = scratch.path("other.npy");
        sparse(&other, 8, "False");
        let other = NpyFile::open(&other, Io::Mmap).unwrap();
        cut_and_expect_error(&file);
        // Reads in place live as well, and so does everything afterwards.
        assert_eq!(file.as_f32().unwrap().iter().sum::<f32>(), 0.0);
        other.read_row(7, &mut [0.0; DIM]).unwrap();
        other.check_unchanged().unwrap();
        let again = open(&scratch);
        again.read_row(255, &mut [0.0; DIM]).unwrap();
        again.check_unchanged().unwrap();
        // The first file stays lost though its length is right again.
        assert_eq!(
            file.check_unchanged().unwrap_err().code(),
            Code::InputChanged
        );
        cut_and_expect_error(&again);
    }

    pub(super) fn cut_short_in_fortran_order_is_an_error() {
        let scratch = Scratch::new();
        let path = scratch.path("x.npy");
        sparse(&path, 256, "True");
        cut_and_expect_error(&NpyFile::open(&path, Io::Mmap).unwrap());
    }

    pub(super) fn earlier_handler_is_left_out_of_our_faults() {
        install_plain(count_only);
        cut_and_expect_error(&opened().1);
        assert_eq!(CALLS.load(SeqCst), 0);
    }

    pub(super) fn later_handler_is_left_out_once_armed_again() {
        let (_scratch, file) = opened();
        // Node's own returns from the fault without a cure: unguarded, this never ends.
        install_plain(count_only);
        file.arm();
        file.arm();
        cut_and_expect_error(&file);
        assert_eq!(CALLS.load(SeqCst), 0);
        // It is still there for signals that somebody sends.
        send_signal();
        assert_eq!(CALLS.load(SeqCst), 1);
    }

    pub(super) fn foreign_fault_reaches_an_earlier_handler() {
        install_with_info(curing);
        let (scratch, file) = opened();
        assert_eq!(foreign_fault(&scratch), 0);
        assert_eq!(CALLS.load(SeqCst), 1);
        file.check_unchanged().unwrap();
        cut_and_expect_error(&file);
        assert_eq!(foreign_fault(&scratch), 0);
        assert_eq!(CALLS.load(SeqCst), 2);
    }

    pub(super) fn foreign_fault_reaches_an_earlier_handler_without_info() {
        install_plain(curing_without_info);
        let (scratch, _file) = opened();
        assert_eq!(foreign_fault(&scratch), 0);
        assert_eq!(CALLS.load(SeqCst), 1);
    }

    pub(super) fn foreign_fault_reaches_the_newest_handler_first() {
        install_plain(count_only);
        let (scratch, file) = opened();
        install_with_info(curing);
        file.arm();
        assert_eq!(foreign_fault(&scratch), 0);
        assert_eq!(CALLS.load(SeqCst), 1);
    }

    pub(super) fn foreign_fault_goes_through_a_newcomer_that_passes_it_back() {
        install_with_info(curing);
        let (scratch, file) = opened();
        FOUND.store(install_with_info(passing_back), SeqCst);
        file.arm();
        for round in 1..=200 {
            assert_eq!(foreign_fault(&scratch), 0);
            assert_eq!(CALLS.load(SeqCst), 101 * round, "each once");
        }
        cut_and_expect_error(&file);
    }

    pub(super) fn newcomer_that_comes_again_and_again_is_called_once() {
        install_with_info(curing);
        let (scratch, file) = opened();
        for _ in 0..20 {
            FOUND.store(install_with_info(passing_back), SeqCst);
            file.arm();
        }
        assert_eq!(foreign_fault(&scratch), 0);
        assert_eq!(CALLS.load(SeqCst), 101);
    }

    pub(super) fn sent_signal_stays_ignored() {
        install(libc::SIG_IGN, 0);
        let (_scratch, file) = opened();
        send_signal();
        cut_and_expect_error(&file);
    }

    pub(super) fn default_after_a_newcomer_is_the_default_again() {
        install(libc::SIG_DFL, 0);
        let (_scratch, file) = opened();
        for _ in 0..50 {
            install_plain(count_only);
            file.arm();
            send_signal();
            install(libc::SIG_DFL, 0);
            file.arm();
        }
        assert_eq!(CALLS.load(SeqCst), 50);
        cut_and_expect_error(&file);
    }

    pub(super) fn all_threads_survive_at_once() {
        let scratch = Scratch::new();
        for _ in 0..20 {
            let file = open(&scratch);
            let start = std::sync::Barrier::new(9);
            std::thread::scope(|scope| {
                for thread in 0..8 {
                    let (file, start) = (&file, &start);
                    scope.spawn(move || {
                        start.wait();
                        let mut failed = 0;
                        for step in 0..256 {
                            let row = (step * 37 + thread * 5) % 256;
                            failed += usize::from(file.read_row(row, &mut [0.0; DIM]).is_err());
                        }
                        failed
                    });
                }
                start.wait();
                set_length(file.path(), page() as u64);
            });
            let error = file.check_unchanged().unwrap_err();
            assert_eq!(error.code(), Code::InputChanged);
        }
    }

    pub(super) fn backward_reads_do_not_use_up_the_mappings() {
        let scratch = Scratch::new();
        let path = scratch.path("x.npy");
        // 1 GiB, every other small page of it: cured one by one they would be 131,072 islands, more
        // than the 65,530 mappings that Linux grants.
        sparse(&path, 65_536, "False");
        let file = NpyFile::open(&path, Io::Mmap).unwrap();
        set_length(&path, page() as u64);
        let matrix = file.as_f32().unwrap();
        let step = 2 * page() / 4;
        for at in (0..matrix.len() / step).rev() {
            assert_eq!(matrix[at * step], 0.0);
        }
        file.check_unchanged().unwrap_err();
    }

    pub(super) fn more_files_than_slots_are_read_instead() {
        let mut limit = libc::rlimit {
            rlim_cur: 0,
            rlim_max: 0,
        };
        // SAFETY: asks for a limit and sets it to what is allowed.
        unsafe {
            libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
            limit.rlim_cur = limit.rlim_max.min(2048);
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        }
        if limit.rlim_cur < 1100 {
            npy_support::skipped(&format!("only {} open files are allowed", limit.rlim_cur));
            return;
        }
        let scratch = Scratch::new();
        let path = scratch.path("x.npy");
        sparse(&path, 2, "False");
        let open = || NpyFile::open(&path, Io::Mmap).unwrap();
        let mut files: Vec<NpyFile> = (0..1030).map(|_| open()).collect();
        let count = |io| files.iter().filter(|file| file.io() == io).count();
        assert_eq!((count(Io::Mmap), count(Io::Read)), (1024, 6));
        for file in &files {
            file.read_row(1, &mut [0.0; DIM]).unwrap();
        }
        files.truncate(1000);
        let again = open();
        assert_eq!(again.io(), Io::Mmap);
        cut_and_expect_error(&again);
    }

    pub(super) fn slots_are_given_back() {
        let scratch = Scratch::new();
        for _ in 0..3000 {
            assert_eq!(open(&scratch).io(), Io::Mmap);
        }
        cut_and_expect_error(&open(&scratch));
    }

    pub(super) fn foreign_fault_still_kills() {
        without_core_dump();
        let (scratch, file) = opened();
        cut_and_expect_error(&file);
        doomed(scratch, foreign_fault);
    }

    pub(super) fn foreign_fault_still_kills_when_ignored() {
        without_core_dump();
        install(libc::SIG_IGN, 0);
        let (scratch, _file) = opened();
        doomed(scratch, foreign_fault);
    }

    pub(super) fn sent_signal_still_kills() {
        without_core_dump();
        install(libc::SIG_DFL, 0);
        let (scratch, _file) = opened();
        doomed(scratch, |_| send_signal());
    }

    pub(super) fn newcomer_that_passes_back_does_not_go_round_for_ever() {
        without_core_dump();
        install(libc::SIG_DFL, 0);
        let (scratch, file) = opened();
        FOUND.store(install_with_info(passing_back), SeqCst);
        file.arm();
        doomed(scratch, foreign_fault);
    }

    pub(super) fn fault_after_closing_is_foreign() {
        without_core_dump();
        install(libc::SIG_DFL, 0);
        let (scratch, file) = opened();
        PLACE.store(file.as_f32().unwrap().as_ptr() as usize, SeqCst);
        drop(file);
        doomed(scratch, |scratch| {
            foreign_fault_at(scratch, PLACE.load(SeqCst) & !(page() - 1))
        });
    }

    /// Dies in a fork, so that the parent can clean up and then die likewise.
    fn doomed<T>(scratch: Scratch, act: fn(&Scratch) -> T) {
        // SAFETY: the child only acts, and leaves without running anything of the parent.
        unsafe {
            let child = libc::fork();
            assert!(child >= 0);
            if child == 0 {
                act(&scratch);
                libc::_exit(0);
            }
            let mut status = 0;
            assert_eq!(libc::waitpid(child, &mut status, 0), child);
            drop(scratch);
            if libc::WIFSIGNALED(status) {
                let signal = libc::WTERMSIG(status);
                libc::signal(signal, libc::SIG_DFL);
                libc::raise(signal);
            }
        }
    }
}
