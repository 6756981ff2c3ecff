// Random tensors. A draw is computed when it is asked for, from the generator's key and the number of the draw alone:
// element i has counter words of its own, so bits depend neither on chunking nor on threads.
import KernelTypes
import Kernels

/// A distribution that scripts can draw from.
package enum Distribution {
  /// Half-open interval.
  case uniform(low: Double, high: Double)
  case normal(mean: Double, sd: Double)
  /// Half-open interval, each value as likely.
  case integers(low: Int, high: Int)
  case bernoulli(p: Double)
  /// Scale 1.
  case gamma(shape: Double)
  /// Rate 1.
  case exponential
  /// One class a draw, by softmax of the last axis of `logits`; leading axes of `logits` broadcast to the draws.
  case categorical(logits: Node)
  /// The numbers 0..<n in random order, n the size of the one axis.
  case permutation
  /// Rows on the simplex; `alpha` has the size of the last axis.
  case dirichlet(alpha: Node)
}
