# For every file in tests/engine: the program, and the build with named faults, where there is one.

bats_require_minimum_version 1.5.0

HI=${HI:-$BATS_TEST_DIRNAME/../../build/hi}
HI_FAULTS=${HI_FAULTS:-$BATS_TEST_DIRNAME/../../build-faults/hi}
export HI HI_FAULTS
