// The paths of a dynamic program, told one by one: the best of them, and how many there are (PathSearch finds both).
import KernelTypes
import Kernels
import Recurrences

/// One path of a value.
package struct GraphPath {
  package let score: Double
  /// Derivatives of the score in the leaves of the scope; nil where it does not depend on one. Owned.
  package let gradients: [Node?]

  package init(score: Double, gradients: [Node?]) {
    self.score = score
    self.gradients = gradients
  }
}

extension Graph {
  /// The `most` best paths of the scalar `output`, which was made in `scope`, best first.
  package func bestPaths(_ output: Node, most: Int, _ leaves: [Node], _ scope: GradientScope) throws -> [GraphPath] {
    var search = try PathSearch(
      output, self, scope,
      BestPaths(
        most: most, limit: room, control: RunControl(pool: pool, cancel: cancelFlag)))
    let list = try search.list(of: output)
    var paths: [GraphPath] = []
    do {
      for rank in 0..<search.algebra.count(list) {
        if RunControl(pool: pool, cancel: cancelFlag).isCancelled { throw TensorError(.cancelled) }
        let amounts = try search.follow(list, rank)
        paths.append(
          GraphPath(
            score: search.algebra.score(list, rank),
            gradients: try gradients(zip(search.sources, amounts).map { ($0, $1) }, leaves, scope)))
      }
    } catch {
      for path in paths { for node in path.gradients { if let node { release(node) } } }
      throw error
    }
    return paths
  }

  /// The number of paths of the scalar `output`; nil if no integer holds it.
  package func countPaths(_ output: Node, _ scope: GradientScope) throws -> Int? {
    var search = try PathSearch(output, self, scope, PathCounts())
    let count = search.algebra.count(try search.list(of: output))
    return count == PathCounts.tooMany ? nil : count
  }

  /// Runs `body` with smoothed reductions recorded as what they are, instead of as arithmetic on their terms.
  package func keepingReductions<T>(_ body: () throws -> T) rethrows -> T {
    let outer = keepsReductions
    keepsReductions = true
    defer { keepsReductions = outer }
    return try body()
  }

  /// Derivatives of the sum of `amounts * node` in `leaves`.
  private func gradients(
    _ parts: [(node: Node, amounts: [Double])], _ leaves: [Node], _ scope: GradientScope
  ) throws -> [Node?] {
    var total: Node?
    defer { if let total { release(total) } }
    for (node, amounts) in parts where amounts.contains(where: { $0 != 0 }) {
      let weights = try make(node.dims, node.dtype) { memory in
        for (index, amount) in amounts.enumerated() {
          storeElement(try convert(.float(amount), to: node.dtype), node.dtype, memory + index * node.dtype.size)
        }
      }
      defer { release(weights) }
      let product = try binary(.mul, .node(node), .node(weights))
      defer { release(product) }
      let sum = try reduce(.sum, product, axes: nil, keepDims: false)
      guard let soFar = total else {
        total = sum
        continue
      }
      defer {
        release(soFar)
        release(sum)
      }
      total = nil
      total = try binary(.add, .node(soFar), .node(sum))
    }
    guard let total else { return leaves.map { _ in nil } }
    return try gradient(total, leaves, scope)
  }
}
