"""Exact real numbers: arrays, linear algebra, polynomials and eigenvalues without a floating-point comparison."""

from __future__ import annotations

from expressivity.exact.arrays import ExactArray as ExactArray
from expressivity.exact.arrays import common_field as common_field
from expressivity.exact.arrays import concatenate as concatenate
from expressivity.exact.arrays import cosine_coefficients as cosine_coefficients
from expressivity.exact.arrays import cosine_polynomial as cosine_polynomial
from expressivity.exact.arrays import cosines as cosines
from expressivity.exact.arrays import identity as identity
from expressivity.exact.arrays import multiplication_tensor as multiplication_tensor
from expressivity.exact.arrays import rationals as rationals
from expressivity.exact.arrays import sign as sign
from expressivity.exact.arrays import stack as stack
from expressivity.exact.arrays import zeros as zeros
