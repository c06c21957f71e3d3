"""Compiled loops over random kernels.  Import it late: numba takes seconds, compiling some more."""

import numba
import numpy as np


@numba.njit(parallel=True, cache=True)
def spread(x, weights, taps, lengths, biases, dilations, paddings, channels, channel_index):
    """The evidence map of `Rocket.evidence`; the kernels as aeon keeps them, x (recordings, units, T)."""
    from_tap = np.zeros(len(lengths) + 1, dtype=np.int64)
    from_channel = np.zeros(len(lengths) + 1, dtype=np.int64)
    for k in range(len(lengths)):
        from_tap[k + 1] = from_tap[k] + channels[k] * lengths[k]
        from_channel[k + 1] = from_channel[k] + channels[k]
    recordings, _, steps = x.shape
    out = np.zeros(x.shape)
    for r in numba.prange(recordings):
        for k in range(len(lengths)):
            length, dilation, padding = lengths[k], dilations[k], paddings[k]
            last = steps + padding - (length - 1) * dilation
            positions = last + padding
            share = weights[k, 0] / positions
            best, best_at = -np.inf, 0
            # the pass after the last position shares out the maximum, found by then
            for step in range(positions + 1):
                extra = step == positions
                i = best_at if extra else step - padding
                value, total, inside = np.float64(biases[k]), 0.0, 0
                for c in range(channels[k]):
                    unit = channel_index[from_channel[k] + c]
                    for j in range(length):
                        t = i + j * dilation
                        if 0 <= t < steps:
                            part = taps[from_tap[k] + c * length + j] * x[r, unit, t]
                            value += part
                            total += abs(part)
                            inside += 1
                if not extra and value > best:
                    best, best_at = value, i
                amount = best * weights[k, 1] if extra else (share if value > 0 else 0.0)
                if amount == 0.0 or inside == 0:
                    continue
                for c in range(channels[k]):
                    unit = channel_index[from_channel[k] + c]
                    for j in range(length):
                        t = i + j * dilation
                        if 0 <= t < steps:
                            if total > 0:
                                part = taps[from_tap[k] + c * length + j] * x[r, unit, t]
                                out[r, unit, t] += amount * abs(part) / total
                            else:
                                out[r, unit, t] += amount / inside
    return out


@numba.njit(parallel=True, cache=True, fastmath=True)
def multirocket(x, length, channels, channel_index, dilations, per_dilation, biases, taps):
    """MultiRocket's four features of one representation: (recordings, 4, features) float32.

    ``x`` (recordings, units, T); ``length``: T of the undifferenced series, from which the published
    code takes the alignment of the left taps; ``taps`` (84, 3): which of nine taps weigh 2, the others
    weigh -1.  Features: share of positive values, longest stretch, mean and mean index of positives.
    """
    recordings, _, steps = x.shape
    out = np.zeros((recordings, 4, len(biases)), dtype=np.float32)
    from_channel = np.zeros(len(channels) + 1, dtype=np.int64)
    for k in range(len(channels)):
        from_channel[k + 1] = from_channel[k] + channels[k]
    for r in numba.prange(recordings):
        total = np.zeros(steps, dtype=np.float32)
        c = np.zeros(steps, dtype=np.float32)
        feature = 0
        for d in range(len(dilations)):
            padding = 4 * dilations[d]
            for kernel in range(84):
                k = d * 84 + kernel
                total[:] = 0
                c[:] = 0
                for n in range(from_channel[k], from_channel[k + 1]):
                    for t in range(steps):
                        total[t] += x[r, channel_index[n], t]
                for tap in range(9):
                    heavy = (
                        tap == taps[kernel, 0] or tap == taps[kernel, 1] or tap == taps[kernel, 2]
                    )
                    weight = np.float32(2.0) if heavy else np.float32(-1.0)
                    shift = (tap - 4) * dilations[d]
                    if tap < 4:
                        shift += length - steps
                    for t in range(max(0, -shift), min(steps, steps - shift)):
                        c[t] += weight * total[t + shift]
                start, end = 0, steps
                if (d % 2 + kernel) % 2 == 1:
                    start, end = padding, steps - padding
                for f in range(feature, feature + per_dilation[d]):
                    bias = biases[f]
                    positive, last, longest, at, height = 0, 0, 0, 0, 0.0
                    for t in range(end - start):
                        value = c[start + t]
                        if value > bias:
                            positive += 1
                            at += t
                            height += value + bias
                        elif value < bias:
                            longest = max(longest, t - last)
                            last = t
                    longest = max(longest, end - start - 1 - last)
                    out[r, 0, f] = positive / (end - start)
                    out[r, 1, f] = longest
                    out[r, 2, f] = height / positive if positive else 0.0
                    out[r, 3, f] = at / positive if positive else -1.0
                feature += per_dilation[d]
    return out
