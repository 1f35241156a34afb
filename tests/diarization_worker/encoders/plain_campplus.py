"""CAM++, the network: a densely connected TDNN whose layers are gated by their context.

Wang et al. 2023, "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware
Masking". Parameters are named as in the weights that 3D-Speaker publishes, so that these load as
they are.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool1d, relu

BANDS = 80
"""Mel bands of the input."""

DIMENSION = 192
"""Of an embedding."""

_GROWTH = 32
_BOTTLENECK = 128
_BLOCKS = ((12, 1), (24, 2), (16, 2))
"""Layers and dilation of each dense block."""

_CONTEXT_FRAMES = 100
"""Length of the stretches that a layer's context is averaged over, beside the whole."""


class CAMPPlus(nn.Module):
    """Log-mel features to speaker embeddings."""

    def __init__(self) -> None:
        super().__init__()
        self.head = _Head()
        channels = _BOTTLENECK
        parts: OrderedDict[str, nn.Module] = OrderedDict()
        parts["tdnn"] = _Step(self.head.channels, channels, kernel=5, stride=2)
        for number, (layers, dilation) in enumerate(_BLOCKS, start=1):
            parts[f"block{number}"] = _DenseBlock(channels, layers, dilation)
            channels += layers * _GROWTH
            parts[f"transit{number}"] = _Transit(channels)
            channels //= 2
        parts["out_nonlinear"] = _nonlinear(channels)
        self.xvector = nn.Sequential(parts)
        self.xvector.add_module("stats", _Statistics())
        self.xvector.add_module("dense", _Dense(2 * channels))

    def forward(self, features: Tensor) -> Tensor:
        """Features of shape [batch, frames, BANDS] to embeddings [batch, DIMENSION], any length."""
        embeddings: Tensor = self.xvector(self.head(features.transpose(1, 2)))
        return embeddings


def _nonlinear(channels: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(batchnorm=nn.BatchNorm1d(channels), relu=nn.ReLU()))


class _Residual(nn.Module):
    """Two convolutions over time and frequency around a shortcut; `stride` is in frequency."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, (stride, 1), padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.shortcut = nn.Sequential()
        if stride > 1:
            self.shortcut.append(nn.Conv2d(channels, channels, 1, (stride, 1), bias=False))
            self.shortcut.append(nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        y = relu(self.bn1(self.conv1(x)))
        return relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class _Head(nn.Module):
    """Sees the features as a picture and folds its height, an eighth of BANDS, into channels."""

    def __init__(self) -> None:
        super().__init__()
        planes = 32
        self.channels = planes * BANDS // 8
        self.conv1 = nn.Conv2d(1, planes, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.layer1 = nn.Sequential(_Residual(planes, 2), _Residual(planes, 1))
        self.layer2 = nn.Sequential(_Residual(planes, 2), _Residual(planes, 1))
        self.conv2 = nn.Conv2d(planes, planes, 3, (2, 1), padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)

    def forward(self, x: Tensor) -> Tensor:
        y = relu(self.bn1(self.conv1(x.unsqueeze(1))))
        y = relu(self.bn2(self.conv2(self.layer2(self.layer1(y)))))
        return y.flatten(1, 2)


class _Step(nn.Module):
    """A convolution over time."""

    def __init__(self, channels: int, wanted: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, wanted, kernel, stride, padding=kernel // 2, bias=False)
        self.nonlinear = _nonlinear(wanted)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.nonlinear(self.linear(x))
        return y


class _ContextMask(nn.Module):
    """A convolution whose channels are weighted by what the whole and its stretches sound like."""

    def __init__(self, dilation: int) -> None:
        super().__init__()
        self.linear_local = nn.Conv1d(
            _BOTTLENECK, _GROWTH, 3, padding=dilation, dilation=dilation, bias=False
        )
        self.linear1 = nn.Conv1d(_BOTTLENECK, _BOTTLENECK // 2, 1)
        self.linear2 = nn.Conv1d(_BOTTLENECK // 2, _GROWTH, 1)

    def forward(self, x: Tensor) -> Tensor:
        stretches = avg_pool1d(x, _CONTEXT_FRAMES, _CONTEXT_FRAMES, ceil_mode=True)
        stretches = stretches.repeat_interleave(_CONTEXT_FRAMES, dim=-1)[..., : x.shape[-1]]
        context = x.mean(-1, keepdim=True) + stretches
        mask = torch.sigmoid(self.linear2(relu(self.linear1(context))))
        y: Tensor = self.linear_local(x) * mask
        return y


class _DenseLayer(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.nonlinear1 = _nonlinear(channels)
        self.linear1 = nn.Conv1d(channels, _BOTTLENECK, 1, bias=False)
        self.nonlinear2 = _nonlinear(_BOTTLENECK)
        self.cam_layer = _ContextMask(dilation)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.cam_layer(self.nonlinear2(self.linear1(self.nonlinear1(x))))
        return y


class _DenseBlock(nn.Module):
    """Layers that each see all that came before them."""

    def __init__(self, channels: int, layers: int, dilation: int) -> None:
        super().__init__()
        for index in range(layers):
            layer = _DenseLayer(channels + index * _GROWTH, dilation)
            self.add_module(f"tdnnd{index + 1}", layer)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.children():
            x = torch.cat([x, layer(x)], dim=1)
        return x


class _Transit(nn.Module):
    """Halves the channels between two blocks."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.nonlinear = _nonlinear(channels)
        self.linear = nn.Conv1d(channels, channels // 2, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear(self.nonlinear(x))
        return y


class _Statistics(nn.Module):
    """Mean and standard deviation over time."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x.mean(-1), x.std(-1)], dim=-1)


class _Dense(nn.Module):
    """Statistics to the embedding."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.linear = nn.Conv1d(channels, DIMENSION, 1, bias=False)
        normalise = nn.BatchNorm1d(DIMENSION, affine=False)
        self.nonlinear = nn.Sequential(OrderedDict(batchnorm=normalise))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.nonlinear(self.linear(x.unsqueeze(-1)).squeeze(-1))
        return y
