// Products in the logarithmic semiring at every level, against sums of exponentials in doubles: values, derivatives, columns
// that nothing leads to, and the cases that are left to the caller.
import Foundation
import KernelTypes
import Kernels
import Testing

@Suite struct LogProductTests {
  /// Operands and results of one call, as doubles.
  private struct Product {
    let rows: Int
    let columns: Int
    let gamma: Double
    var x: [Double]
    var m: [Double]
    var seed: [Double]

    init(_ rows: Int, _ columns: Int, gamma: Double) {
      (self.rows, self.columns, self.gamma) = (rows, columns, gamma)
      var generator = SystemRandomNumberGenerator()
      func numbers(_ count: Int) -> [Double] {
        (0..<count).map { _ in Double(Float.random(in: -3...3, using: &generator)) }
      }
      x = numbers(rows)
      m = numbers(rows * columns)
      seed = numbers(columns)
    }

    func value(_ c: Int) -> Double {
      gamma * log((0..<rows).reduce(0) { $0 + exp((x[$1] + m[$1 * columns + c]) / gamma) })
    }
    func weight(_ r: Int, _ c: Int) -> Double { exp((x[r] + m[r * columns + c] - value(c)) / gamma) }
  }

  private struct Results {
    var isExact = false
    var value: [Double] = []
    var dx: [Double] = []
    /// Of the matrix.
    var dm: [Double] = []
  }

  private func run(_ product: Product, _ table: KernelTable, _ type: DType) throws -> Results {
    let (rows, columns) = (product.rows, product.columns)
    let (pitch, rowPitch) = ((columns + 15) & ~15, (rows + 15) & ~15)
    func block(_ values: [Double], room: Int) -> Block {
      let padded = values + Array(repeating: 0, count: max(0, room - values.count))
      return type == .f32 ? Block(padded.map(Float.init)) : Block(padded)
    }
    func numbers(_ block: Block, _ count: Int) -> [Double] {
      type == .f32 ? block.array(Float.self, count).map(Double.init) : block.array(Double.self, count)
    }
    let number = Int(type.rawValue)
    let prepare = try #require(table.logMatrix[number])
    let forward = try #require(table.logProduct[number])
    let backward = try #require(table.logProductAdjoint[number])
    let x = block(product.x, room: rowPitch)
    let m = block(product.m, room: rows * columns + 16)
    let seed = block(product.seed, room: pitch)
    let e = block([], room: rows * pitch)
    let transposed = block([], room: columns * rowPitch)
    let top = block([], room: pitch)
    let value = block([], room: pitch)
    let scratch = block([], room: 3 * rowPitch + pitch)
    let dx = block([], room: rowPitch)
    let sums = block([], room: rows * pitch)
    prepare(
      e.address, transposed.address, top.address, m.pointer, columns, 1, rows, columns, pitch, rowPitch, product.gamma)
    var results = Results()
    results.isExact =
      forward(
        [value.address], scratch.address, [x.pointer], 1, 1, e.pointer, top.pointer, rows, columns, pitch, rowPitch,
        product.gamma) != 0
    if !results.isExact { return results }
    results.value = numbers(value, columns)
    let done = backward(
      [dx.address], 1, sums.address, [seed.pointer], scratch.address, [x.pointer], 1, 1, e.pointer, transposed.pointer,
      top.pointer, rows, columns, pitch, rowPitch, product.gamma)
    #expect(done != 0)
    results.dx = numbers(dx, rows)
    let (all, kept) = (numbers(sums, rows * pitch), numbers(e, rows * pitch))
    for r in 0..<rows { for c in 0..<columns { results.dm.append(all[r * pitch + c] * kept[r * pitch + c]) } }
    return results
  }

  @Test func areSumsOfExponentials() throws {
    for table in Kernels.allTables {
      for (type, tolerance) in [(DType.f32, 1e-4), (.f64, 1e-12)] {
        for (rows, columns) in [(1, 1), (3, 5), (16, 16), (7, 33), (40, 17), (32, 64), (100, 48)] {
          for gamma in [1, 0.3, -0.7] {
            let product = Product(rows, columns, gamma: gamma)
            let results = try run(product, table, type)
            #expect(results.isExact)
            if !results.isExact { continue }
            for c in 0..<columns { #expect(abs(results.value[c] - product.value(c)) < tolerance * 10) }
            for r in 0..<rows {
              let shares = (0..<columns).map { product.weight(r, $0) * product.seed[$0] }
              #expect(abs(results.dx[r] - shares.reduce(0, +)) < tolerance * Double(columns))
              for c in 0..<columns { #expect(abs(results.dm[r * columns + c] - shares[c]) < tolerance) }
            }
          }
        }
      }
    }
  }

  @Test func leaveToTheCallerWhatWouldNotBeExact() throws {
    for table in Kernels.allTables {
      for type in [DType.f32, .f64] {
        // The best row of x is the worst of the matrix, by more than the range of exponentials.
        var product = Product(8, 20, gamma: 1)
        for r in 0..<8 { product.x[r] = r == 2 ? 1e4 : -1e4 }
        for c in 0..<20 { product.m[2 * 20 + c] = -1e4 }
        let far = try run(product, table, type)
        #expect(!far.isExact)
        for bad in [Double.nan, .infinity] {
          var product = Product(8, 20, gamma: 1)
          product.x[5] = bad
          let first = try run(product, table, type)
          #expect(!first.isExact)
          product = Product(8, 20, gamma: 1)
          product.m[25] = bad
          let second = try run(product, table, type)
          #expect(!second.isExact)
        }
      }
    }
  }

  @Test func columnsOfAbsentTermsHaveNoWeights() throws {
    for table in Kernels.allTables {
      for (type, gamma) in [(DType.f32, 1.0), (.f64, 1), (.f64, -1)] {
        var product = Product(9, 20, gamma: gamma)
        let absent = gamma < 0 ? Double.infinity : -.infinity
        for r in 0..<9 { product.m[r * 20 + 7] = absent }
        product.x[4] = absent
        let results = try run(product, table, type)
        #expect(results.isExact)
        if !results.isExact { continue }
        #expect(results.value[7] == absent)
        #expect(results.dx[4] == 0)
        #expect((0..<9).allSatisfy { results.dm[$0 * 20 + 7] == 0 })
        #expect(results.dx.allSatisfy { $0.isFinite })
      }
    }
  }

  /// Chains that go together have the bits that they have one after the other, in the sums that they share too.
  @Test func chainsTogetherAreEachAlone() throws {
    for table in Kernels.allTables {
      try chainsTogetherAreEachAlone(table, .f32, Float.self)
      try chainsTogetherAreEachAlone(table, .f64, Double.self)
    }
  }

  private func chainsTogetherAreEachAlone<T: BinaryFloatingPoint>(
    _ table: KernelTable, _ type: DType, _: T.Type
  ) throws {
    let number = Int(type.rawValue)
    let prepare = try #require(table.logMatrix[number])
    let forward = try #require(table.logProduct[number])
    let backward = try #require(table.logProductAdjoint[number])
    for (rows, columns) in [(1, 1), (7, 33), (32, 32), (40, 17)] {
      for (chains, xRow) in [(2, 1), (3, 1), (4, 1), (4, 2)] {
        let (pitch, rowPitch) = ((columns + 15) & ~15, (rows + 15) & ~15)
        func random(_ count: Int) -> Block { Block((0..<count).map { _ in T(Float.random(in: -3...3)) }) }
        func zeros(_ count: Int) -> Block { Block(Array(repeating: T(0), count: count)) }
        let m = random(rows * columns + 16)
        let (e, transposed, top) = (zeros(rows * pitch), zeros(columns * rowPitch), zeros(pitch))
        prepare(
          e.address, transposed.address, top.address, m.pointer, columns, 1, rows, columns, pitch, rowPitch, 0.8)
        let xs = (0..<chains).map { _ in random(rowPitch * xRow) }
        let seeds = (0..<chains).map { _ in random(pitch) }
        let scratch = zeros(chains * (2 * rowPitch + pitch))
        func run(_ groups: [Range<Int>]) -> (values: [[T]], dxs: [[T]], sums: [T]) {
          let values = xs.map { _ in zeros(pitch) }
          let dxs = xs.map { _ in zeros(rowPitch * xRow) }
          let sums = zeros(rows * pitch)
          for group in groups {
            let exact = forward(
              values[group].map(\.address), scratch.address, xs[group].map(\.pointer), xRow, group.count, e.pointer,
              top.pointer, rows, columns, pitch, rowPitch, 0.8)
            let exactToo = backward(
              dxs[group].map(\.address), xRow, sums.address, seeds[group].map(\.pointer), scratch.address,
              xs[group].map(\.pointer), xRow, group.count, e.pointer, transposed.pointer, top.pointer, rows, columns,
              pitch, rowPitch, 0.8)
            #expect(exact != 0 && exactToo != 0)
          }
          return (
            values.map { $0.array(T.self, columns) }, dxs.map { $0.array(T.self, rowPitch * xRow) },
            (0..<rows).flatMap { Array(sums.array(T.self, rows * pitch)[$0 * pitch..<$0 * pitch + columns]) }
          )
        }
        let together = run([0..<chains])
        let alone = run((0..<chains).map { $0..<$0 + 1 })
        #expect(together.values == alone.values)
        #expect(together.dxs == alone.dxs)
        #expect(together.sums == alone.sums)
        withExtendedLifetime((m, e, transposed, top, scratch, xs, seeds)) {}
      }
    }
  }
}
