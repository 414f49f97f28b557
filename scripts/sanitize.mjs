// `npm run sanitize`: tests in Rust under what sees faults of memory, and races of threads, that tests run past.
//   --only LIST   of miri,address,thread; all by default
// Needs nightly Rust with the components miri and rust-src; the two sanitizers need Linux, and build Rust's own library
// as well. What is built is in build/sanitize.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { call, conclude, step } from './pack/steps.mjs';
import { root } from './run.mjs';

const TRIPLE = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-unknown-linux-gnu`;
const SANITIZED = `test -Zbuild-std --target ${TRIPLE}`;
/** Modules of the core whose tests share work among threads. */
const WITH_THREADS =
  'calibration:: evaluation::curve:: job:: jobs::pairwise:: jobs::search:: jobs::stats:: kernels:: linalg:: rows:: ' +
  'statistics:: store::';

/** What cargo runs in each part, of which modules, in which environment; which tests of that are left out, and why. */
const PARTS = {
  miri: {
    // Crossbeam, below rayon, keeps the rules of trees for references, not those of stacks, which Miri has otherwise.
    env: { MIRIFLAGS: '-Zmiri-disable-isolation -Zmiri-tree-borrows -Zmiri-ignore-leaks' },
    runs: [
      ['miri test --test npy_bytes'],
      ['miri test --lib', 'error:: kernels:: calibration:: evaluation::curve::'],
    ],
    left: [
      'calibration::logistic::tests::ratios_of_many_draws_differ_by_as_much_as_one_draw_tells',
      'calibration::quality::tests::a_quality_that_follows_from_the_score_leaves_the_calibration_without_it',
      'evaluation::curve::accuracy::tests::no_threshold_decides_better_and_the_one_given_does_as_well',
      'evaluation::curve::area::tests::the_area_of_the_curve_is_the_area_of_the_scores',
      'evaluation::curve::auroc::tests::equals_counting_pairs_on_500_cases_with_ties',
      'evaluation::curve::auroc::tests::many_pieces_and_buckets_count_as_one_sort_does',
      'evaluation::curve::bayes_error::tests::rates_are_those_of_counting_at_every_prior',
      'evaluation::curve::calibration::tests::both_costs_are_those_of_their_definitions',
      'evaluation::curve::cost::tests::no_threshold_costs_less',
      'evaluation::curve::counts::tests::counts_are_those_of_trying_every_threshold',
      'evaluation::curve::eer::tests::every_convention_is_that_of_trying_every_threshold',
      'evaluation::curve::operating::tests::every_rule_is_that_of_trying_every_threshold',
    ],
    why: 'not done in half a minute where each step is interpreted, and safe code alone',
  },
  address: {
    env: {
      RUSTFLAGS: '-Zsanitizer=address',
      // The guard of mapped files has SIGBUS for itself, and what is too large is refused, both as without it.
      ASAN_OPTIONS: 'handle_sigbus=0:allow_user_segv_handler=1:allocator_may_return_null=1',
    },
    runs: [[`${SANITIZED} --lib --test npy_guard --test npy_header --test npy_read`]],
    left: [],
  },
  thread: {
    env: {
      RUSTFLAGS: '-Zsanitizer=thread',
      TSAN_OPTIONS: 'handle_sigbus=0:allocator_may_return_null=1',
    },
    runs: [[`${SANITIZED} --test npy_guard`], [`${SANITIZED} --lib`, WITH_THREADS]],
    left: ['all_threads_survive_at_once'],
    why: 'the guard maps zeros under threads that read, which counts as a race; what they read is then refused',
  },
};

const { values } = parseArgs({
  options: { only: { type: 'string', default: Object.keys(PARTS).join() } },
});
const parts = values.only.split(',');
const unknown = parts.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  console.error(`no part ${unknown}; there are ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
for (const part of parts) {
  const { env, runs, left, why } = PARTS[part];
  for (const name of left) console.log(`LEFT OUT ${name}: ${why}`);
  const skips = left.flatMap((name) => ['--skip', name]);
  for (const [command, modules = ''] of runs) {
    await step(`${part}: ${command} ${modules}`.trim(), async () => {
      const args = `+nightly ${command} -p hackface-core --locked --no-fail-fast -- ${modules}`;
      const { stdout } = await call('cargo', [...args.trim().split(' '), ...skips], {
        cwd: root,
        env: { ...process.env, CARGO_TARGET_DIR: join(root, 'build', 'sanitize', part), ...env },
      });
      const suites = [
        ...stdout.matchAll(/^test result: ok\. (\d+) passed; 0 failed; (\d+) ignored/gm),
      ];
      const [passed, ignored] = [1, 2].map((i) => suites.reduce((sum, all) => sum + +all[i], 0));
      assert.ok(passed > 0, stdout);
      return { told: `${passed} tests passed, ${ignored} ignored` };
    });
  }
}
conclude({ skipsFail: true });
