// The pool: every part runs once, whatever the number of threads, also from several callers and from within a part.
// Buffers: aligned, recycled, and usable from several threads.
import Foundation
import Kernels
import XCTest

final class PoolTests: XCTestCase {
  func testEveryPartRunsOnce() {
    for threads in [1, 2, 3, 8] {
      let pool = Pool(threads: threads)
      for parts in [0, 1, 2, 3, 17, 1000] {
        for _ in 0..<20 {
          let counts = UnsafeMutablePointer<Int>.allocate(capacity: parts + 1)
          counts.initialize(repeating: 0, count: parts + 1)
          pool.run(parts: parts) { counts[$0] += 1 }
          for part in 0..<parts { XCTAssertEqual(counts[part], 1) }
          counts.deallocate()
        }
      }
    }
  }

  func testJobsWithinJobsAndManyCallers() {
    let pool = Pool(threads: 2)
    let total = Total()
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<200 {
        pool.run(parts: 5) { _ in
          pool.run(parts: 3) { _ in total.add(1) }
        }
      }
    }
    XCTAssertEqual(total.value, 4 * 200 * 5 * 3)
  }

  func testThreadsMayChange() {
    let pool = Pool(threads: 1)
    for threads in [4, 1, 2, 6, 1] {
      pool.threads = threads
      XCTAssertEqual(pool.threads, threads)
      let total = Total()
      pool.run(parts: 50) { _ in total.add(1) }
      XCTAssertEqual(total.value, 50)
    }
  }

  func testBuffers() {
    var seen: Set<UnsafeMutableRawPointer> = []
    var live: [(UnsafeMutableRawPointer, Int)] = []
    for bytes in [0, 1, 63, 64, 65, 1000, 1024, 1025, 4096, 5000, 100_000, 1 << 20, (1 << 20) + 1] {
      for _ in 0..<3 {
        let buffer = Buffers.allocate(bytes)
        XCTAssertEqual(Int(bitPattern: buffer) % 64, 0)
        XCTAssertTrue(seen.insert(buffer).inserted)
        // All of it and what may be read past it is ours.
        buffer.initializeMemory(as: UInt8.self, repeating: 1, count: bytes + Buffers.padding)
        live.append((buffer, bytes))
      }
    }
    for (buffer, bytes) in live { Buffers.free(buffer, bytes) }
    let again = Buffers.allocate(5000)
    XCTAssertTrue(seen.contains(again))
    Buffers.free(again, 5000)
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for round in 0..<2000 {
        let bytes = round * 37 % 9000
        let buffer = Buffers.allocate(bytes)
        buffer.initializeMemory(as: UInt8.self, repeating: UInt8(round & 255), count: bytes)
        Buffers.free(buffer, bytes)
      }
    }
  }
}

private final class Total: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0
  func add(_ n: Int) { lock.withLock { count += n } }
  var value: Int { lock.withLock { count } }
}
