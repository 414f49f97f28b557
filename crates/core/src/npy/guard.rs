//! The fault handler that keeps the process alive when a mapped file is cut short.
//!
//! Reading a page of a mapping whose file no longer reaches that far raises `SIGBUS`, which ends
//! the process. The handler here knows the mapped ranges. A fault inside one of them puts zero
//! pages there, notes the fault, and lets the read go on; whoever reads finds the note afterwards
//! and reports an error instead of a result. Any other fault goes to the handler that was there
//! before, or to the default, as if this one did not exist.
//!
//! Everything from the faulting page to the end of the range is replaced at once rather than page
//! by page: after a truncation all of it is gone anyway, and a mapping shredded page by page could
//! reach the limit on mappings of a process.
//!
//! A thread that blocks `SIGBUS` is beyond help: the kernel ends the process without asking.

#![allow(unsafe_code)]

#[cfg(any(target_os = "linux", target_os = "macos"))]
pub(super) use signal::{Range, arm};

/// Elsewhere nothing is guarded: Windows does not let a mapped file be cut short, and on other
/// systems files are read rather than mapped.
#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) use unguarded::{Range, arm};

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod unguarded {
    pub(in super::super) struct Range;

    impl Range {
        pub(in super::super) fn register(_: usize, _: usize) -> Option<Self> {
            cfg!(windows).then_some(Self)
        }
        pub(in super::super) fn faulted(&self) -> bool {
            false
        }
    }

    pub(in super::super) fn arm() {}
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod signal {
    use std::mem::MaybeUninit;
    use std::ptr;
    use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
    use std::sync::atomic::{AtomicBool, AtomicUsize, fence};
    use std::sync::{Mutex, MutexGuard};

    use libc::{c_int, c_void, sigaction, siginfo_t};

    /// Ranges that can be guarded at once; files beyond that many are read, not mapped.
    const SLOTS: usize = 1024;

    /// One range. `sequence` is odd while the bounds are being changed, so that the handler never
    /// sees the start of one range with the end of another.
    struct Slot {
        taken: AtomicBool,
        sequence: AtomicUsize,
        start: AtomicUsize,
        end: AtomicUsize,
        faulted: AtomicBool,
    }

    impl Slot {
        const fn free() -> Self {
            Self {
                taken: AtomicBool::new(false),
                sequence: AtomicUsize::new(0),
                start: AtomicUsize::new(0),
                end: AtomicUsize::new(0),
                faulted: AtomicBool::new(false),
            }
        }

        /// Only the owner of a taken slot calls this.
        fn set(&self, start: usize, end: usize) {
            self.sequence.fetch_add(1, AcqRel);
            fence(Release);
            self.start.store(start, Relaxed);
            self.end.store(end, Relaxed);
            self.sequence.fetch_add(1, Release);
        }

        /// The bounds, unless they are being changed. A range that a thread is reading from is
        /// not being changed, so a fault in it is always found.
        fn get(&self) -> Option<(usize, usize)> {
            let before = self.sequence.load(Acquire);
            let bounds = (self.start.load(Relaxed), self.end.load(Relaxed));
            fence(Acquire);
            (before.is_multiple_of(2) && self.sequence.load(Relaxed) == before).then_some(bounds)
        }
    }

    static TABLE: [Slot; SLOTS] = [const { Slot::free() }; SLOTS];

    /// Asked for once, outside the handler.
    static PAGE: AtomicUsize = AtomicUsize::new(0);

    /// A guarded range of addresses, guarded until dropped. It must be dropped before the memory
    /// is unmapped.
    pub(in super::super) struct Range {
        slot: &'static Slot,
    }

    impl Range {
        /// Guards `length` bytes from `start`, a page boundary; `None` when no slot is free.
        pub(in super::super) fn register(start: usize, length: usize) -> Option<Self> {
            if PAGE.load(Relaxed) == 0 {
                // SAFETY: asks the system for a constant.
                let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
                PAGE.store(usize::try_from(page).ok().filter(|p| *p > 0)?, Relaxed);
            }
            let end = start
                .checked_add(length)?
                .checked_next_multiple_of(PAGE.load(Relaxed))?;
            arm();
            let slot = TABLE.iter().find(|slot| {
                slot.taken
                    .compare_exchange(false, true, AcqRel, Relaxed)
                    .is_ok()
            })?;
            slot.faulted.store(false, SeqCst);
            slot.set(start, end);
            Some(Self { slot })
        }

        /// True if a read met a page that the file no longer has.
        pub(in super::super) fn faulted(&self) -> bool {
            self.slot.faulted.load(SeqCst)
        }
    }

    impl Drop for Range {
        fn drop(&mut self) {
            self.slot.set(0, 0);
            self.slot.taken.store(false, Release);
        }
    }

    /// Handlers that were found in place, oldest first.
    ///
    /// More than one when others install theirs after ours and ours goes on top again. Such a
    /// newcomer may call what it found, which is ours: the second time round a fault goes one
    /// handler further down, so that a chain that bites its tail still ends.
    ///
    /// Addresses alone: a thread that passes a fault on while another arms could meet the address of one handler with
    /// what is said about another.
    const PREDECESSORS: usize = 8;
    static CHAIN: [AtomicUsize; PREDECESSORS] =
        [const { AtomicUsize::new(libc::SIG_DFL) }; PREDECESSORS];
    static CHAIN_LENGTH: AtomicUsize = AtomicUsize::new(0);
    static ARMING: Mutex<()> = Mutex::new(());

    /// Threads that are passing a fault on, once for each time round.
    static PASSING: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];

    /// Makes our handler the one that the system calls; does nothing if it already is.
    ///
    /// Called at every opening and before every computation, since a host may install its own in
    /// between: Node's `process.on('SIGBUS')` returns from the fault without curing it, for ever.
    pub(in super::super) fn arm() {
        let _one_at_a_time: MutexGuard<'_, ()> = ARMING.lock().unwrap_or_else(|e| e.into_inner());
        let mut ours: sigaction = zeroed();
        ours.sa_sigaction = on_sigbus as *const () as usize;
        // SA_NODEFER: a handler that is passed a fault may itself read a guarded range.
        ours.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER | libc::SA_RESTART;
        let mut found = zeroed();
        // SAFETY: `found` is a sigaction to write to; a null new action only asks.
        if unsafe { sigaction(libc::SIGBUS, ptr::null(), &mut found) } != 0
            || found.sa_sigaction == ours.sa_sigaction
        {
            return;
        }
        // Before ours goes live, so that there is always somebody to pass a fault on to.
        remember(found.sa_sigaction);
        let mut replaced = zeroed();
        // SAFETY: both are valid for the call; sigemptyset gets a mask to write to.
        unsafe {
            libc::sigemptyset(&mut ours.sa_mask);
            if sigaction(libc::SIGBUS, &ours, &mut replaced) != 0 {
                return;
            }
        }
        if replaced.sa_sigaction != found.sa_sigaction && replaced.sa_sigaction != ours.sa_sigaction
        {
            remember(replaced.sa_sigaction);
        }
    }

    fn zeroed() -> sigaction {
        // SAFETY: sigaction is a C structure of integers and, on Linux, of a function that may be absent, which zeros
        // say.
        unsafe { MaybeUninit::zeroed().assume_init() }
    }

    /// Only under `ARMING`.
    fn remember(handler: usize) {
        let length = CHAIN_LENGTH.load(Relaxed);
        let at = if handler == libc::SIG_DFL || handler == libc::SIG_IGN {
            // The default passes nothing on: whatever lay below is out of the chain.
            0
        } else {
            // One that comes back is back at its place; those above it are gone.
            let known = CHAIN[..length]
                .iter()
                .position(|one| one.load(Relaxed) == handler);
            known.unwrap_or(length.min(PREDECESSORS - 1))
        };
        CHAIN[at].store(handler, Relaxed);
        CHAIN_LENGTH.store(at + 1, Release);
    }

    /// Runs inside a signal: atomics, `mmap`, `sigaction`, `raise`, `pthread_self` and nothing else.
    extern "C" fn on_sigbus(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
        let errno = errno_place();
        // SAFETY: the C library's own place for this thread's errno.
        let saved = unsafe { *errno };
        let sent = info.is_null() || was_sent(info);
        // SAFETY: `info` is not null, and a fault carries an address.
        if sent || !cure(unsafe { (*info).si_addr() } as usize) {
            pass_on(signal, info, context, sent);
        }
        // SAFETY: as above.
        unsafe { *errno = saved };
    }

    /// True if another process or thread sent the signal, so that there is no faulting address.
    fn was_sent(info: *const siginfo_t) -> bool {
        const USER_ON_MACOS: c_int = 0x10001;
        // SAFETY: the system passes a valid siginfo to a handler with SA_SIGINFO.
        let code = unsafe { (*info).si_code };
        code <= 0 || (cfg!(target_os = "macos") && code == USER_ON_MACOS)
    }

    /// Puts zeros where the fault was, if that is in a guarded range.
    fn cure(address: usize) -> bool {
        for slot in &TABLE {
            let Some((start, end)) = slot.get() else {
                continue;
            };
            if start <= address && address < end {
                slot.faulted.store(true, SeqCst);
                let page = address & !(PAGE.load(Relaxed) - 1);
                let flags =
                    libc::MAP_FIXED | libc::MAP_PRIVATE | libc::MAP_ANON | libc::MAP_NORESERVE;
                // SAFETY: page..end lies in a mapping that this module's user owns and that stays
                // mapped while registered, as the thread that met the fault borrows it; it is only ever
                // read, and still can be afterwards. POSIX does not list mmap among what a handler may
                // call; on Linux and macOS it is a system call that takes no lock of the process.
                let fixed = unsafe {
                    libc::mmap(
                        page as *mut c_void,
                        end - page,
                        libc::PROT_READ,
                        flags,
                        -1,
                        0,
                    )
                };
                return fixed != libc::MAP_FAILED;
            }
        }
        false
    }

    fn pass_on(signal: c_int, info: *mut siginfo_t, context: *mut c_void, sent: bool) {
        // SAFETY: returns an identifier of the calling thread.
        let thread = unsafe { libc::pthread_self() } as usize;
        let rounds = PASSING.iter().filter(|t| t.load(Relaxed) == thread).count();
        let length = CHAIN_LENGTH.load(Acquire);
        if length == 0 || rounds > 2 * PREDECESSORS {
            return to_default(signal, sent);
        }
        let handler = CHAIN[(length - 1).saturating_sub(rounds)].load(Relaxed);
        if handler == libc::SIG_DFL || (handler == libc::SIG_IGN && !sent) {
            // The system does not let a true fault be ignored either.
            return to_default(signal, sent);
        }
        if handler == libc::SIG_IGN {
            return;
        }
        let mark = PASSING
            .iter()
            .find(|t| t.compare_exchange(0, thread, AcqRel, Relaxed).is_ok());
        if mark.is_none() {
            // Without a mark a loop would not be noticed.
            return to_default(signal, sent);
        }
        // SAFETY: somebody installed this address as a handler. One without SA_SIGINFO takes the first argument and
        // does not see the others, which are the caller's to clean up: Linux passes it all three as well.
        let call: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) =
            unsafe { std::mem::transmute(handler) };
        call(signal, info, context);
        if let Some(mark) = mark {
            mark.store(0, Release);
        }
    }

    /// Lets the default happen: the fault comes again on return, a sent signal is sent again.
    fn to_default(signal: c_int, sent: bool) {
        let mut default = zeroed();
        default.sa_sigaction = libc::SIG_DFL;
        // SAFETY: a valid action, and functions that may be called in a handler.
        unsafe {
            sigaction(signal, &default, ptr::null_mut());
            if sent {
                libc::raise(signal);
            }
        }
    }

    #[cfg(target_os = "linux")]
    fn errno_place() -> *mut c_int {
        // SAFETY: always returns this thread's place.
        unsafe { libc::__errno_location() }
    }

    #[cfg(target_os = "macos")]
    fn errno_place() -> *mut c_int {
        // SAFETY: always returns this thread's place.
        unsafe { libc::__error() }
    }
}
