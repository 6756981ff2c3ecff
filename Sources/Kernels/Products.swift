// Matrix products: small ones by kernels of our own, the others by OpenBLAS, one thread each, split into tiles of c.
//
// A tile is computed whole by one call, and the tiles follow from m, n and k alone, so that one thread and many give the
// same bits. The sum over k is never split.
import CPlatform
import KernelTypes

extension Kernels {
  /// Multiply-adds up to which a product is left to our own kernels: below, a call of the library costs more than the
  /// product.
  private static let smallWork = 40_000
  /// Multiply-adds of a tile.
  private static let tileWork = 6_000_000
  /// Multiply-adds from which a product has two tiles at least; below, waking another thread costs too much of what it
  /// saves. More than two would cost the library its efficiency.
  private static let splitWork = 1_500_000

  /// Row-major c[m, n] = op(a)[m, k] @ op(b)[k, n], `batch` times; `strideX` elements lie between the matrices of a batch
  /// (0 = the same one each time). `lda` is the row length of a as it is stored, and so on.
  package static func gemm(
    _ type: DType, transposeA: Bool, transposeB: Bool, m: Int, n: Int, k: Int, a: UnsafeRawPointer, lda: Int,
    b: UnsafeRawPointer, ldb: Int, c: UnsafeMutableRawPointer, ldc: Int, batch: Int = 1, strideA: Int = 0,
    strideB: Int = 0, strideC: Int = 0, control: RunControl
  ) throws(KernelError) -> KernelOutcome {
    if m == 0 || n == 0 || batch == 0 { return .done }
    let product = Product(
      type: type, transposeA: transposeA, transposeB: transposeB, m: m, n: n, k: k, a: a, lda: lda, b: b, ldb: ldb,
      c: c,
      ldc: ldc, strideA: strideA, strideB: strideB, strideC: strideC)
    let work = m.multipliedReportingOverflow(by: n).partialValue.multipliedReportingOverflow(by: k).partialValue
    if work <= smallWork, let kernel = table.smallProduct[Int(type.rawValue)] {
      if batch == 1 {
        product.runSmall(0, kernel)
        return .done
      }
      return overRows(batch, cost: work / 8, control) { first, last in
        for index in first..<last { product.runSmall(index, kernel) }
      }
    }
    guard trellis_blas_open() == 1 else {
      throw .missingLibrary(library: TRELLIS_BLAS_LIBRARY, package: TRELLIS_BLAS_PACKAGE)
    }
    let tiles = product.tiles(wanted: max(work / tileWork, work >= splitWork ? 2 : 1))
    let parts = batch * tiles.count
    if parts > 1 && control.pool.threads > 1 && work.multipliedReportingOverflow(by: batch).partialValue >= splitWork {
      control.pool.run(parts: parts) { part in
        if control.isCancelled { return }
        product.runTile(part / tiles.count, tiles[part % tiles.count])
      }
    } else {
      for part in 0..<parts where !control.isCancelled {
        product.runTile(part / tiles.count, tiles[part % tiles.count])
      }
    }
    return control.isCancelled ? .cancelled : .done
  }
}

/// The numbers of one product.
private struct Product {
  struct Tile {
    var row: Int
    var rows: Int
    var column: Int
    var columns: Int
  }

  let type: DType
  let transposeA: Bool
  let transposeB: Bool
  let m: Int
  let n: Int
  let k: Int
  let a: UnsafeRawPointer
  let lda: Int
  let b: UnsafeRawPointer
  let ldb: Int
  let c: UnsafeMutableRawPointer
  let ldc: Int
  let strideA: Int
  let strideB: Int
  let strideC: Int

  func runSmall(_ index: Int, _ kernel: SmallProductKernel) {
    let size = type.size
    kernel(
      (transposeA ? 1 : 0) | (transposeB ? 2 : 0), m, n, k, a + index &* strideA &* size, lda,
      b + index &* strideB &* size, ldb, c + index &* strideC &* size, ldc)
  }

  /// Halves the longer side of the tile until there are about `wanted` tiles.
  func tiles(wanted: Int) -> [Tile] {
    var wanted = wanted
    var rowCuts = 1
    var columnCuts = 1
    while wanted >= 2 {
      if m / rowCuts >= n / columnCuts {
        if m / rowCuts < 64 { break }
        rowCuts *= 2
      } else {
        if n / columnCuts < 64 { break }
        columnCuts *= 2
      }
      wanted /= 2
    }
    // Whole vectors and register tiles of the library.
    let rows = ((m + rowCuts - 1) / rowCuts + 15) / 16 * 16
    let columns = ((n + columnCuts - 1) / columnCuts + 15) / 16 * 16
    var tiles: [Tile] = []
    for row in stride(from: 0, to: m, by: rows) {
      for column in stride(from: 0, to: n, by: columns) {
        tiles.append(
          Tile(row: row, rows: Swift.min(rows, m - row), column: column, columns: Swift.min(columns, n - column)))
      }
    }
    return tiles
  }

  func runTile(_ index: Int, _ tile: Tile) {
    let size = type.size
    let a = a + (index &* strideA &+ (transposeA ? tile.row : tile.row &* lda)) &* size
    let b = b + (index &* strideB &+ (transposeB ? tile.column &* ldb : tile.column)) &* size
    let c = c + (index &* strideC &+ tile.row &* ldc &+ tile.column) &* size
    let rows = Int32(truncatingIfNeeded: tile.rows)
    let columns = Int32(truncatingIfNeeded: tile.columns)
    let depth = Int32(truncatingIfNeeded: k)
    if type == .f32 {
      trellis_sgemm(
        transposeA ? 1 : 0, transposeB ? 1 : 0, rows, columns, depth, 1, a.assumingMemoryBound(to: Float.self),
        Int32(truncatingIfNeeded: lda), b.assumingMemoryBound(to: Float.self), Int32(truncatingIfNeeded: ldb), 0,
        c.assumingMemoryBound(to: Float.self), Int32(truncatingIfNeeded: ldc))
    } else {
      trellis_dgemm(
        transposeA ? 1 : 0, transposeB ? 1 : 0, rows, columns, depth, 1, a.assumingMemoryBound(to: Double.self),
        Int32(truncatingIfNeeded: lda), b.assumingMemoryBound(to: Double.self), Int32(truncatingIfNeeded: ldb), 0,
        c.assumingMemoryBound(to: Double.self), Int32(truncatingIfNeeded: ldc))
    }
  }
}
