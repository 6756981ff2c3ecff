// The second order of reductions of columns (see KernelTypes/Columns.swift). With s the weight that a term's direction z has in
// the change of the threshold (entropy: q; l2: 1 on the support; tsallis: q^(2 - alpha) on the support; the maximum: 0),
// the weights change by s (z - <s, z> / sum(s)) / gamma.
import KernelTypes

/// How s is made of q.
enum Spread {
  case none, weight, support, root, power
}

@_transparent private func spread(_ kind: Spread, _ q: F, _ exponent: Double) -> F {
  switch kind {
  case .root: return squareRoot(q)
  case .power: return choose(q .== F.zero, F.zero, exp(log(q) * Float(exponent)))
  default: return choose(q .> F.zero, F(repeating: 1), q)
  }
}
@_transparent private func spread(_ kind: Spread, _ q: D, _ exponent: Double) -> D {
  switch kind {
  case .root: return squareRoot(q)
  case .power: return choose(q .== D.zero, D.zero, exp(log(q) * exponent))
  default: return choose(q .> D.zero, D(repeating: 1), q)
  }
}

@_transparent private func productF(
  _ kind: Spread, _ valueDot: M?, _ weightsDot: M?, _ weights: P, _ direction: P, _ rows: Int, _ pitch: Int,
  _ columns: Int, _ gamma: Double, _ exponent: Double
) {
  let scale = reciprocalF(gamma)
  var column = 0
  while column < columns {
    var product = F.zero
    var total = F.zero
    var sum = F.zero
    var at = column
    var row = 0
    while row < rows {
      let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
      var productPart = F.zero
      var totalPart = F.zero
      var sumPart = F.zero
      while row < end {
        let q = loadF(weights, at)
        let z = loadF(direction, at)
        let counts = q .!= F.zero
        productPart = choose(counts, fma(q, z, productPart), productPart)
        if kind != .none, kind != .weight {
          let s = spread(kind, q, exponent)
          totalPart = choose(counts, fma(s, z, totalPart), totalPart)
          sumPart = sumPart + s
        }
        at &+= pitch
        row &+= 1
      }
      product = product + productPart
      total = total + totalPart
      sum = sum + sumPart
    }
    if let valueDot { store(valueDot, column, product) }
    if let weightsDot {
      let mean = kind == .weight ? product : total / sum
      at = column
      row = 0
      while row < rows {
        var result = F.zero
        if kind != .none {
          let q = loadF(weights, at)
          let s = kind == .weight ? q : spread(kind, q, exponent)
          result = choose(q .== F.zero, F.zero, s * (loadF(direction, at) - mean) * scale)
        }
        store(weightsDot, at, result)
        at &+= pitch
        row &+= 1
      }
    }
    column &+= 16
  }
}

@_transparent private func productD(
  _ kind: Spread, _ valueDot: M?, _ weightsDot: M?, _ weights: P, _ direction: P, _ rows: Int, _ pitch: Int,
  _ columns: Int, _ gamma: Double, _ exponent: Double
) {
  let scale = reciprocalD(gamma)
  var column = 0
  while column < columns {
    var product = D.zero
    var total = D.zero
    var sum = D.zero
    var at = column
    var row = 0
    while row < rows {
      let end = rows &- row < columnsBlock ? rows : row &+ columnsBlock
      var productPart = D.zero
      var totalPart = D.zero
      var sumPart = D.zero
      while row < end {
        let q = loadD(weights, at)
        let z = loadD(direction, at)
        let counts = q .!= D.zero
        productPart = choose(counts, fma(q, z, productPart), productPart)
        if kind != .none, kind != .weight {
          let s = spread(kind, q, exponent)
          totalPart = choose(counts, fma(s, z, totalPart), totalPart)
          sumPart = sumPart + s
        }
        at &+= pitch
        row &+= 1
      }
      product = product + productPart
      total = total + totalPart
      sum = sum + sumPart
    }
    if let valueDot { store(valueDot, column, product) }
    if let weightsDot {
      let mean = kind == .weight ? product : total / sum
      at = column
      row = 0
      while row < rows {
        var result = D.zero
        if kind != .none {
          let q = loadD(weights, at)
          let s = kind == .weight ? q : spread(kind, q, exponent)
          result = choose(q .== D.zero, D.zero, s * (loadD(direction, at) - mean) * scale)
        }
        store(weightsDot, at, result)
        at &+= pitch
        row &+= 1
      }
    }
    column &+= 8
  }
}

func addColumnsProducts(_ table: inout KernelTable) {
  func set(_ op: ColumnsOp, _ floats: @escaping ColumnsProductKernel, _ doubles: @escaping ColumnsProductKernel) {
    table.columnsProduct[KernelTable.index(op, .f32)] = floats
    table.columnsProduct[KernelTable.index(op, .f64)] = doubles
  }
  set(.max) { value, dot, q, z, rows, pitch, columns, gamma, _ in
    productF(.none, value, dot, q, z, rows, pitch, columns, gamma, 0)
  } _: { value, dot, q, z, rows, pitch, columns, gamma, _ in
    productD(.none, value, dot, q, z, rows, pitch, columns, gamma, 0)
  }
  set(.entropy) { value, dot, q, z, rows, pitch, columns, gamma, _ in
    productF(.weight, value, dot, q, z, rows, pitch, columns, gamma, 0)
  } _: { value, dot, q, z, rows, pitch, columns, gamma, _ in
    productD(.weight, value, dot, q, z, rows, pitch, columns, gamma, 0)
  }
  set(.l2) { value, dot, q, z, rows, pitch, columns, gamma, _ in
    productF(.support, value, dot, q, z, rows, pitch, columns, gamma, 0)
  } _: { value, dot, q, z, rows, pitch, columns, gamma, _ in
    productD(.support, value, dot, q, z, rows, pitch, columns, gamma, 0)
  }
  set(.tsallis) { value, dot, q, z, rows, pitch, columns, gamma, alpha in
    if alpha == 1.5 {
      productF(.root, value, dot, q, z, rows, pitch, columns, gamma, 0)
    } else {
      productF(.power, value, dot, q, z, rows, pitch, columns, gamma, 2 - alpha)
    }
  } _: { value, dot, q, z, rows, pitch, columns, gamma, alpha in
    if alpha == 1.5 {
      productD(.root, value, dot, q, z, rows, pitch, columns, gamma, 0)
    } else {
      productD(.power, value, dot, q, z, rows, pitch, columns, gamma, 2 - alpha)
    }
  }
}
