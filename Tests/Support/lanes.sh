# SPDX-License-Identifier: Apache-2.0
# Steps that are run beside one another (sourced). What a lane says is kept and shown whole when all have ended; each lane ends
# whatever the others do, and one that failed fails the caller.
lane_folder=$(mktemp -d)
lane_names=()
lane_pids=()

lane() { # lane NAME COMMAND…: starts it; a function may be the command, and stops at its first failure
  local name=$1
  shift
  # A process group of its own, which can be interrupted: a lane of its shell's group would not hear of it.
  set -m
  ( set -e; "$@" ) >"$lane_folder/${#lane_names[@]}" 2>&1 </dev/null &
  set +m
  lane_names+=("$name")
  lane_pids+=($!)
}

join_lanes() { # waits for all of them, shows each, and fails where one did
  local index code failed=()
  for index in "${!lane_names[@]}"; do
    code=0
    wait "${lane_pids[index]}" || code=$?
    printf '\n== %s\n' "${lane_names[index]}"
    cat "$lane_folder/$index"
    [ "$code" -eq 0 ] || failed+=("${lane_names[index]} (exit $code)")
  done
  lane_pids=() lane_names=()
  [ "${#failed[@]}" -eq 0 ] || { printf '\nfailed: %s\n' "${failed[*]}" >&2; return 1; }
}

end_lanes() { # interrupts what still runs, as Ctrl-C would
  local pid
  for pid in "${lane_pids[@]}"; do kill -INT -- "-$pid" 2>/dev/null || true; done
  rm -rf "$lane_folder"
}
trap end_lanes EXIT
