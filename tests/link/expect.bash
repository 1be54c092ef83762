# Sourced by checks that are scripts: `expect DESCRIPTION COMMAND…` for each thing that must be true, `conclude` at the end.
passed=0 failed=0

expect() {
    local what=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        echo "NOT true: $what"
        failed=$((failed + 1))
    fi
}

conclude() {
    echo "$passed passed, $failed failed"
    ((failed == 0))
}
