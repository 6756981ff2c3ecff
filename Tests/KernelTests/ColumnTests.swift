// Reductions of columns at every level: values and weights against plain definitions (sparsemax by sorting, entmax by
// bisection), second-order products against differences, and what becomes of absent terms, infinities and NaN.
import Foundation
import KernelTypes
import Kernels
import XCTest

/// An operation with its exponent; only `tsallis` heeds it.
private struct Smoothing {
  var op: ColumnsOp
  var alpha = 0.0

  static let all = [
    Smoothing(op: .max), Smoothing(op: .entropy), Smoothing(op: .l2), Smoothing(op: .tsallis, alpha: 1.5),
    Smoothing(op: .tsallis, alpha: 1.2), Smoothing(op: .tsallis, alpha: 2), Smoothing(op: .tsallis, alpha: 3.5),
  ]
}

/// The definitions, on one column of doubles.
private enum Plain {
  static func reduce(_ smoothing: Smoothing, _ x: [Double], _ gamma: Double) -> (value: Double, weights: [Double]) {
    if gamma < 0 {
      let (value, weights) = reduce(smoothing, x.map { -$0 }, -gamma)
      return (-value, weights)
    }
    let top = x.max() ?? -.infinity
    if top == -.infinity { return (top, x.map { _ in 0 }) }
    let q = weights(smoothing, x.map { ($0 - top) / gamma })
    let mean = zip(q, x).map { $0 == 0 ? 0 : $0 * ($1 - top) }.reduce(0, +)
    return (top + mean - gamma * regulariser(smoothing, q), q)
  }

  static func regulariser(_ smoothing: Smoothing, _ q: [Double]) -> Double {
    let alpha = smoothing.alpha
    return q.map { (q: Double) -> Double in
      switch smoothing.op {
      case .max: 0
      case .entropy: q == 0 ? 0 : q * log(q)
      case .l2: q * q / 2
      case .tsallis: (pow(q, alpha) - q) / (alpha * (alpha - 1))
      }
    }.reduce(0, +)
  }

  /// Of terms of which the largest is 0.
  static func weights(_ smoothing: Smoothing, _ y: [Double]) -> [Double] {
    switch smoothing.op {
    case .max:
      let first = y.firstIndex(of: 0)
      return y.indices.map { $0 == first ? 1 : 0 }
    case .entropy:
      let total = y.reduce(0) { $0 + exp($1) }
      return y.map { exp($0) / total }
    case .l2:
      var sum = 0.0, tau = 0.0
      for (index, value) in y.sorted(by: >).enumerated() where value > -.infinity {
        sum += value
        let rank = Double(index + 1)
        if value > (sum - 1) / rank { tau = (sum - 1) / rank }
      }
      return y.map { Swift.max($0 - tau, 0) }
    case .tsallis:
      let exponent = smoothing.alpha - 1
      func weights(_ tau: Double) -> [Double] { y.map { pow(Swift.max($0 * exponent - tau, 0), 1 / exponent) } }
      var low = -1.0, high = 0.0
      for _ in 0..<100 {
        let middle = (low + high) / 2
        if weights(middle).reduce(0, +) >= 1 { low = middle } else { high = middle }
      }
      let total = weights(low).reduce(0, +)
      return weights(low).map { $0 / total }
    }
  }

  /// The second order, from the table of Hessians.
  static func product(_ smoothing: Smoothing, _ q: [Double], _ z: [Double], _ gamma: Double) -> [Double] {
    let s = q.map { (q: Double) -> Double in
      switch smoothing.op {
      case .max: 0
      case .entropy: q
      case .l2: q > 0 ? 1 : 0
      case .tsallis: q > 0 ? pow(q, 2 - smoothing.alpha) : 0
      }
    }
    let total = s.reduce(0, +)
    let mean = total == 0 ? 0 : zip(s, z).map { $0 * $1 }.reduce(0, +) / total
    return zip(s, z).map { $0 * ($1 - mean) / gamma }
  }
}

/// A matrix of terms in padded memory; the padding lanes hold `filling`.
private struct Terms {
  var type: DType
  var rows: Int
  var columns: Int
  var pitch: Int
  /// Row by row, as the type holds them.
  var values: [Double]
  let block: Block

  init(_ type: DType, _ values: [Double], rows: Int, columns: Int, pitch: Int, filling: Double = 7) {
    self.type = type
    self.rows = rows
    self.columns = columns
    self.pitch = pitch
    var padded = Array(repeating: filling, count: rows * pitch)
    for row in 0..<rows {
      for column in 0..<columns { padded[row * pitch + column] = values[row * columns + column] }
    }
    self.values = type == .f32 ? values.map { Double(Float($0)) } : values
    block = type == .f32 ? Block(padded.map { Float($0) }) : Block(padded)
  }

  func column(_ column: Int) -> [Double] { (0..<rows).map { values[$0 * columns + column] } }
}

private func read(_ block: Block, _ type: DType, _ count: Int) -> [Double] {
  type == .f32 ? block.array(Float.self, count).map { Double($0) } : block.array(Double.self, count)
}

/// What a kernel makes of terms: values, and weights without the padding.
private func reduced(
  _ table: KernelTable, _ smoothing: Smoothing, _ terms: Terms, _ gamma: Double, inPlace: Bool = false
) throws -> (values: [Double], weights: [Double]) {
  let kernel = try XCTUnwrap(table.columns[KernelTable.index(smoothing.op, terms.type)])
  let value = Block(bytes: terms.pitch * 8)
  let weights = inPlace ? terms.block : Block(bytes: terms.rows * terms.pitch * 8)
  withExtendedLifetime((value, weights, terms.block)) {
    kernel(
      value.address, weights.address, terms.block.pointer, terms.rows, terms.pitch, terms.columns, gamma,
      smoothing.alpha)
  }
  let all = read(weights, terms.type, terms.rows * terms.pitch)
  return (
    read(value, terms.type, terms.columns),
    (0..<terms.rows * terms.columns).map { all[$0 / terms.columns * terms.pitch + $0 % terms.columns] }
  )
}

private func productOf(
  _ table: KernelTable, _ smoothing: Smoothing, _ weights: Terms, _ direction: Terms, _ gamma: Double
) throws -> (values: [Double], weights: [Double]) {
  let kernel = try XCTUnwrap(table.columnsProduct[KernelTable.index(smoothing.op, weights.type)])
  let value = Block(bytes: weights.pitch * 8)
  let result = Block(bytes: weights.rows * weights.pitch * 8)
  withExtendedLifetime((value, result, weights.block, direction.block)) {
    kernel(
      value.address, result.address, weights.block.pointer, direction.block.pointer, weights.rows, weights.pitch,
      weights.columns, gamma, smoothing.alpha)
  }
  let all = read(result, weights.type, weights.rows * weights.pitch)
  return (
    read(value, weights.type, weights.columns),
    (0..<weights.rows * weights.columns).map { all[$0 / weights.columns * weights.pitch + $0 % weights.columns] }
  )
}

final class ColumnTests: XCTestCase {
  private let gammas = [1.0, 0.1, 3, -1, -0.25]

  /// Terms of many kinds: spread, tied, far from zero, with absent ones and columns of absent ones alone.
  private func samples(_ rows: Int, _ columns: Int, minimum: Bool, _ random: inout TestRandom) -> [Double] {
    let absent = minimum ? Double.infinity : -Double.infinity
    return (0..<rows * columns).map { index in
      switch index % columns % 6 {
      case 0: return Double.random(in: -3...3, using: &random)
      case 1: return Double.random(in: -30...30, using: &random)
      case 2: return Double(Int.random(in: -1...1, using: &random)) / 2
      case 3: return Bool.random(using: &random) ? 1e4 : -1e4
      case 4: return Bool.random(using: &random) ? absent : Double.random(in: -1...1, using: &random)
      default: return (index % columns) % 12 == 5 ? absent : 1e4 + Double.random(in: -1...1, using: &random)
      }
    }
  }

  func testAgainstDefinitions() throws {
    var random = TestRandom(3)
    for (rows, columns, pitch) in [(1, 1, 16), (2, 12, 16), (3, 20, 32), (32, 32, 32), (7, 40, 48), (300, 13, 16)] {
      for gamma in gammas {
        let x = samples(rows, columns, minimum: gamma < 0, &random)
        for type in [DType.f32, .f64] {
          let terms = Terms(type, x, rows: rows, columns: columns, pitch: pitch)
          for smoothing in Smoothing.all {
            let want = (0..<columns).map { Plain.reduce(smoothing, terms.column($0), gamma) }
            for table in Kernels.allTables {
              let got = try reduced(table, smoothing, terms, gamma)
              let name = "\(table.name) \(type) \(smoothing) \(rows)x\(columns) gamma \(gamma)"
              // Weights of alpha > 2 grow like a root where a term enters the support.
              let accuracy = type == .f32 ? 4e-6 : smoothing.alpha > 2 ? 1e-9 : 1e-12
              for column in 0..<columns {
                let (value, q) = want[column]
                if value.isInfinite {
                  XCTAssertEqual(got.values[column], value, name)
                } else {
                  let unit = type == .f32 ? 1e-6 : 1e-13
                  XCTAssertEqual(got.values[column], value, accuracy: unit * (abs(value) + abs(gamma) * 4), name)
                }
                for row in 0..<rows {
                  let weight = got.weights[row * columns + column]
                  XCTAssertEqual(weight, q[row], accuracy: accuracy, "\(name) at \(row), \(column)")
                  if terms.column(column)[row].isInfinite { XCTAssertEqual(weight, 0, name) }
                }
              }
            }
          }
        }
      }
    }
  }

  func testOutputsAndPlacesDoNotChangeBits() throws {
    var random = TestRandom(5)
    let (rows, columns) = (9, 40)
    let x = samples(rows, columns, minimum: false, &random)
    for table in Kernels.allTables {
      for type in [DType.f32, .f64] {
        for smoothing in Smoothing.all {
          let terms = Terms(type, x, rows: rows, columns: columns, pitch: 48)
          let kernel = try XCTUnwrap(table.columns[KernelTable.index(smoothing.op, type)])
          let both = try reduced(table, smoothing, terms, 0.5)
          // One output only.
          let value = Block(bytes: 48 * 8), weights = Block(bytes: rows * 48 * 8)
          withExtendedLifetime((terms.block, value, weights)) {
            kernel(value.address, nil, terms.block.pointer, rows, 48, columns, 0.5, smoothing.alpha)
            kernel(nil, weights.address, terms.block.pointer, rows, 48, columns, 0.5, smoothing.alpha)
            kernel(nil, nil, terms.block.pointer, rows, 48, columns, 0.5, smoothing.alpha)
          }
          XCTAssertEqual(bits(read(value, type, columns)), bits(both.values), "\(smoothing)")
          let alone = read(weights, type, rows * 48)
          XCTAssertEqual(
            bits((0..<rows * columns).map { alone[$0 / columns * 48 + $0 % columns] }), bits(both.weights))
          // Each column between other neighbours.
          for column in 0..<columns {
            let other = Terms(
              type, terms.column(column), rows: rows, columns: 1, pitch: 16, filling: Double(column) - 20)
            let single = try reduced(table, smoothing, other, 0.5)
            XCTAssertEqual(single.values[0].bitPattern, both.values[column].bitPattern, "\(smoothing)")
            XCTAssertEqual(bits(single.weights), bits((0..<rows).map { both.weights[$0 * columns + column] }))
          }
          let inPlace = try reduced(table, smoothing, terms, 0.5, inPlace: true)
          XCTAssertEqual(bits(inPlace.values), bits(both.values), "\(smoothing)")
          XCTAssertEqual(bits(inPlace.weights), bits(both.weights), "\(smoothing)")
        }
      }
    }
  }

  func testColumnsWithoutFiniteTop() throws {
    let infinity = Double.infinity
    for table in Kernels.allTables {
      for type in [DType.f32, .f64] {
        for smoothing in Smoothing.all {
          for sign in [1.0, -1] {
            func reduce(_ x: [Double]) throws -> (values: [Double], weights: [Double]) {
              let terms = Terms(type, x.map { $0 * sign }, rows: x.count, columns: 1, pitch: 16)
              let got = try reduced(table, smoothing, terms, 0.5 * sign, inPlace: true)
              return (got.values.map { $0 * sign }, got.weights)
            }
            let name = "\(table.name) \(type) \(smoothing)"
            let none = try reduce([])
            XCTAssertEqual(none.values, [-infinity], name)
            let absent = try reduce([-infinity, -infinity])
            XCTAssertEqual(absent.values, [-infinity], name)
            XCTAssertEqual(absent.weights, [0, 0], name)
            let one = try reduce([-infinity, 3, -infinity])
            XCTAssertEqual(one.weights, [0, 1, 0], name)
            XCTAssertEqual(one.values[0], smoothing.op == .l2 ? 2.75 : 3, accuracy: 1e-6, name)
            let high = try reduce([1, infinity, -infinity, infinity])
            XCTAssertEqual(high.values, [infinity], name)
            XCTAssertEqual(high.weights[1] + high.weights[3], 1, accuracy: 1e-6, name)
            XCTAssertEqual(high.weights[1], smoothing.op == .max ? 1 : 0.5, accuracy: 1e-6, name)
            XCTAssertEqual([high.weights[0], high.weights[2]], [0, 0], name)
            for broken in [[1, .nan, 2], [.nan, -infinity], [infinity, .nan, 1]] {
              let got = try reduce(broken)
              XCTAssertTrue(got.values[0].isNaN, name)
              if smoothing.op == .max {
                XCTAssertEqual(got.weights, broken.map { $0.isNaN ? 1 : 0 }, name)
              } else {
                XCTAssertTrue(got.weights.allSatisfy { $0.isNaN }, name)
              }
            }
          }
        }
      }
    }
  }

  func testFirstOfTiesAndBounds() throws {
    for table in Kernels.allTables {
      let terms = Terms(.f64, [2, 5, 5, 1, 5], rows: 5, columns: 1, pitch: 16)
      XCTAssertEqual(try reduced(table, Smoothing(op: .max), terms, 1).weights, [0, 1, 0, 0, 0])
      // Smoothed operations share among ties.
      for smoothing in Smoothing.all where smoothing.op != .max {
        let q = try reduced(table, smoothing, terms, 1).weights
        XCTAssertEqual(q[1], q[2])
        XCTAssertEqual(q[2], q[4])
      }
      // A small gamma is the hard maximum.
      for smoothing in Smoothing.all {
        let other = Terms(.f64, [2, 5, 4, 1], rows: 4, columns: 1, pitch: 16)
        let got = try reduced(table, smoothing, other, 1e-200)
        XCTAssertEqual(got.values, [5])
        XCTAssertEqual(got.weights, [0, 1, 0, 0])
      }
    }
  }

  /// Numbers of the operators on known arguments.
  func testKnownVectors() throws {
    func check(_ smoothing: Smoothing, _ x: [Double], _ value: Double, _ weights: [Double]?) throws {
      for table in Kernels.allTables {
        for (type, accuracy) in [(DType.f32, 1e-6), (.f64, 1e-7)] {
          let got = try reduced(table, smoothing, Terms(type, x, rows: x.count, columns: 1, pitch: 16), 1)
          XCTAssertEqual(got.values[0], value, accuracy: accuracy)
          for (a, b) in zip(got.weights, weights ?? got.weights) { XCTAssertEqual(a, b, accuracy: accuracy) }
        }
      }
    }
    let entropy = Smoothing(op: .entropy), l2 = Smoothing(op: .l2)
    try check(entropy, [1, 2, 3], 3.4076059644, [0.09003057, 0.24472847, 0.66524096])
    try check(entropy, [0, 0.3, 0.9], 1.5705852, nil)
    try check(l2, [1, 2, 3], 2.5, [0, 0, 1])
    try check(l2, [0.1, 0.2, 0.3], 0.04333333, [0.2333333, 0.3333333, 0.4333333])
    try check(l2, [0, 0.5], 0.0625, [0.25, 0.75])
    try check(l2, [0, 0.3, 0.9], 0.44, nil)
    // Nested, the entropy gives the same, l2 does not.
    try check(entropy, [log(1 + exp(0.3)), 0.9], 1.5705852, nil)
    for table in Kernels.allTables {
      let inner = try reduced(table, l2, Terms(.f64, [0.3, 0.9], rows: 2, columns: 1, pitch: 16), 1).values[0]
      let outer = try reduced(table, l2, Terms(.f64, [0, inner], rows: 2, columns: 1, pitch: 16), 1).values[0]
      let first = try reduced(table, l2, Terms(.f64, [0, 0.3], rows: 2, columns: 1, pitch: 16), 1).values[0]
      let other = try reduced(table, l2, Terms(.f64, [first, 0.9], rows: 2, columns: 1, pitch: 16), 1).values[0]
      XCTAssertEqual(Swift.min(outer, other), 0.0184, accuracy: 1e-7)
      XCTAssertEqual(Swift.max(outer, other), 0.4001266, accuracy: 1e-7)
    }
    for table in Kernels.allTables {
      let q = Terms(.f64, [0.09003057317, 0.24472847105, 0.66524095577], rows: 3, columns: 1, pitch: 16)
      let z = Terms(.f64, [1, 0, -1], rows: 3, columns: 1, pitch: 16)
      let got = try productOf(table, entropy, q, z, 1).weights
      for (a, b) in zip(got, [0.14181709, 0.14077036, -0.28258745]) { XCTAssertEqual(a, b, accuracy: 1e-8) }
    }
  }

  func testSecondOrder() throws {
    var random = TestRandom(11)
    let (rows, columns) = (6, 20)
    for gamma in [1.0, 0.4, -1] {
      let x = (0..<rows * columns).map { index in
        index % 7 == 3 ? -Double.infinity * (gamma < 0 ? -1 : 1) : Double.random(in: -1...1, using: &random)
      }
      let z = x.map { $0.isInfinite ? 0 : Double.random(in: -1...1, using: &random) }
      for smoothing in Smoothing.all {
        for type in [DType.f32, .f64] {
          for table in Kernels.allTables {
            let name = "\(table.name) \(type) \(smoothing) gamma \(gamma)"
            let terms = Terms(type, x, rows: rows, columns: columns, pitch: 32)
            let q = Terms(
              type, try reduced(table, smoothing, terms, gamma).weights, rows: rows, columns: columns, pitch: 32)
            // The direction of a term that is absent plays no part.
            let wild = zip(x, z).map { $0.isInfinite ? Double.nan : $1 }
            let direction = Terms(type, wild, rows: rows, columns: columns, pitch: 32)
            let got = try productOf(table, smoothing, q, direction, gamma)
            let unit = type == .f32 ? 1e-5 : 1e-11
            for column in 0..<columns {
              let weights = q.column(column), z = (0..<rows).map { z[$0 * columns + column] }
              let want = Plain.product(smoothing, weights, z, gamma)
              XCTAssertEqual(
                got.values[column], zip(weights, z).map { $0 * $1 }.reduce(0, +), accuracy: unit, name)
              for row in 0..<rows {
                let at = row * columns + column
                XCTAssertEqual(got.weights[at], want[row], accuracy: unit * (1 + abs(want[row])), name)
                if x[at].isInfinite { XCTAssertEqual(got.weights[at], 0, name) }
              }
            }
            // Central differences, where the support stays; alpha > 2 bends too much beside it.
            if type == .f64, smoothing.op != .max, smoothing.alpha <= 2 {
              let step = 1e-6
              func moved(_ sign: Double) throws -> (values: [Double], weights: [Double]) {
                let y = zip(x, z).map { $0 + sign * step * $1 }
                return try reduced(
                  table, smoothing, Terms(type, y, rows: rows, columns: columns, pitch: 32), gamma)
              }
              let up = try moved(1), down = try moved(-1)
              for column in 0..<columns {
                let slope = (up.values[column] - down.values[column]) / (2 * step)
                XCTAssertEqual(got.values[column], slope, accuracy: 1e-7, name)
              }
              for at in x.indices {
                let slope = (up.weights[at] - down.weights[at]) / (2 * step)
                XCTAssertEqual(got.weights[at], slope, accuracy: 2e-6, "\(name) at \(at)")
              }
            }
          }
        }
      }
    }
  }
}
