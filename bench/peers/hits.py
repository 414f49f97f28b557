"""Hits of two searches beside each other."""

import numpy as np

#: Rows whose distances are nearer than this, as a share of the sizes that they come from, may be in
#: either order: single precision cannot tell them apart.
TIE = 1e-6


def differences(ours, theirs, distance, size=1.0):
    """Every probe that has not the same rows, with the rows that one side alone has.

    `distance(probe, rows)` measures in float64 and decides: it is a tie if all those distances are
    within TIE of each other, as a share of `size`.
    """
    differ = (np.sort(ours, axis=1) != np.sort(theirs, axis=1)).any(axis=1)
    found = []
    for probe in np.flatnonzero(differ).tolist():
        sides = [np.setdiff1d(ours[probe], theirs[probe]), np.setdiff1d(theirs[probe], ours[probe])]
        near = [np.atleast_1d(distance(probe, rows)) for rows in sides]
        mine, other = (
            [{"row": int(row), "distance": float(d)} for row, d in zip(*side)] for side in zip(sides, near)
        )
        gap = float(np.ptp(np.concatenate(near)) / size)
        found.append({"probe": probe, "ours": mine, "theirs": other, "gap": gap, "tie": gap < TIE})
    return found
