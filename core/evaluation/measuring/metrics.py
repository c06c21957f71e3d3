"""How far a coded picture is from the original: PSNR and SSIM of 8-bit pictures."""

import math

import numpy as np
import torch

_FINEST_MSE = 1 / 12
"""Mean squared error of rounding itself: an 8-bit picture is not known any better."""


def psnr(original: np.ndarray, coded: np.ndarray) -> np.ndarray:
    """Peak signal-to-noise ratio (n,) in dB of uint8 pictures (n, H, W[, 3]).

    Over all channels together.  Errors below that of rounding to 8 bits (MSE 1/12) are not told
    apart: equal pictures give 58.92 dB, not infinity, and so do not swamp a mean.
    """
    _check(original, coded)
    error = original.astype(np.float32) - coded.astype(np.float32)
    mse = np.square(error).reshape(len(error), -1).mean(axis=1, dtype=np.float64)
    return 10 * np.log10(255**2 / np.maximum(mse, _FINEST_MSE))


def ssim(original: np.ndarray, coded: np.ndarray) -> np.ndarray:
    """Structural similarity (n,) of uint8 pictures (n, H, W[, 3]), at least 11 pixels a side.

    Gaussian window of 11 pixels (deviation 1.5), mean over pixels and channels; Wang et al., "Image
    Quality Assessment: From Error Visibility to Structural Similarity", 2004.
    """
    from pytorch_msssim import ssim as windowed

    _check(original, coded)
    values = [
        windowed(_channels_first(a), _channels_first(b), data_range=255, size_average=False)
        for a, b in zip(_batches(original), _batches(coded), strict=True)
    ]
    return torch.cat(values).numpy().astype(np.float64)


def _batches(pictures: np.ndarray) -> list[np.ndarray]:
    count = max(1, 2**21 // math.prod(pictures.shape[1:]))
    return [pictures[i : i + count] for i in range(0, len(pictures), count)]


def _channels_first(pictures: np.ndarray) -> torch.Tensor:
    x = torch.from_numpy(np.ascontiguousarray(pictures)).float()
    return x.unsqueeze(1) if x.ndim == 3 else x.permute(0, 3, 1, 2)


def _check(original: np.ndarray, coded: np.ndarray) -> None:
    for pictures in (original, coded):
        if pictures.dtype != np.uint8:
            raise ValueError(f"pictures are uint8, not {pictures.dtype}")
    if original.shape != coded.shape:
        raise ValueError(f"the original is {original.shape}, the coded picture {coded.shape}")
