// Reads of tables and tensors, and the derivatives that go back to them.
//
// With affine indices the lanes of a read lie on a line in memory: next to each other they are read in place, all the
// same they are one vector, else they are gathered. A read with indices that are values is made lane by lane and tests each.
// Where a lane lies outside: under a condition that does not hold, or for a masked lane, nothing is read; if the
// reduction leaves the term out, the lane is masked; else it is an error.
import KernelTypes
import Kernels

/// Rows that a read has gathered: in front a stamp for each (address, first lane, last lane), then the rows.
struct KeptRead {
  var memory: UnsafeMutableRawPointer?
  var bytes = 0
  static let stampBytes = 3 * MemoryLayout<Int>.size
}

extension Frame {
  @inline(__always) func source(_ read: UnsafePointer<ReadCode>, isTangent: Bool) -> UnsafeRawPointer? {
    isTangent ? places[read - reads].tangents : places[read - reads].values
  }

  /// Elements from lane to lane of a read on a line, and from its place to lane 0.
  @inline(__always) func laneStride(_ read: UnsafePointer<ReadCode>) -> Int {
    read.pointee.isRing ? 1 : read.pointee.address.stride
  }
  @inline(__always) func start(_ read: UnsafePointer<ReadCode>) -> Int {
    read.pointee.isRing ? 0 : read.pointee.address.value(variables)
  }

  @inline(__always) func read(_ step: UnsafePointer<CodeStep>, isTangent: Bool, _ first: Int, _ last: Int) -> Bool {
    let read = reads + Int(step.pointee.number)
    let size = Int(step.pointee.size)
    let target = Int(step.pointee.target)
    guard let source = source(read, isTangent: isTangent) else {
      // What takes no part has no tangent.
      pointers[target] = registers[target]
      Lanes.fill(registers[target], bits: 0, size: size, count: lanes + 16)
      return true
    }
    if read.pointee.hasValues || read.pointee.condition >= 0 || read.pointee.isTested {
      return readLanes(read, source, target, size, isTangent: isTangent, first, last)
    }
    if read.pointee.isRing {
      pointers[target] = UnsafeMutableRawPointer(mutating: source)
      return true
    }
    let address = read.pointee.address.value(variables)
    if read.pointee.isUniform {
      pointers[target] = registers[target]
      Lanes.fill(registers[target], bits: Lanes.bits(source + address &* size, size), size: size, count: 16)
      return true
    }
    let stride = read.pointee.address.stride
    if stride == 1 {
      pointers[target] = UnsafeMutableRawPointer(mutating: source) + address &* size
      return true
    }
    pointers[target] = registers[target]
    let from = source + (address &+ first &* stride) &* size
    if read.pointee.keptRows > 0 && !isTangent {
      pointers[target] = keptRow(read, Int(step.pointee.number), from, address, first, last)
    } else if stride == 0 {
      Lanes.spread(from, into: registers[target] + first &* size, size: size, count: last &- first)
    } else {
      Lanes.gather(
        from, stride: stride, ahead: ahead, into: registers[target] + first &* size, size: size, count: last &- first)
    }
    return true
  }

  /// Asks for the `count` elements that a read comes to in a few lines, in place of those at `from`: many chains walked
  /// backwards are more streams than a processor follows by itself.
  @inline(__always) func askAhead(_ read: UnsafePointer<ReadCode>, _ from: UnsafeRawPointer, _ count: Int) {
    guard linesAhead != 0, walkAxis < read.pointee.address.count else { return }
    let size = read.pointee.type.size
    let next = from + read.pointee.address.factors[walkAxis] &* linesAhead &* size
    Lanes.prefetch(next, 64, min(8, (count &* size &+ 63) >> 6))
  }

  /// What lies at `from` and its lanes, gathered, or kept from when the same was gathered before.
  func keptRow(
    _ read: UnsafePointer<ReadCode>, _ number: Int, _ from: UnsafeRawPointer, _ address: Int, _ first: Int, _ last: Int
  ) -> UnsafeMutableRawPointer {
    let size = read.pointee.type.size
    let pitch = keptPitch
    let row = variables[read.pointee.keptVariable] &- read.pointee.keptStart
    let memory =
      keptReads[number].memory ?? keepRows(number, read.pointee.keptRows &* (pitch &* size &+ KeptRead.stampBytes))
    let line = memory + read.pointee.keptRows &* KeptRead.stampBytes + row &* pitch &* size
    // Lane numbers stay; the stamp says what the row holds.
    let stamp = (memory + row &* KeptRead.stampBytes).assumingMemoryBound(to: Int.self)
    if stamp[0] != address || stamp[1] != first || stamp[2] != last {
      Lanes.gather(
        from, stride: read.pointee.address.stride, into: line + first &* size, size: size, count: last &- first)
      (stamp[0], stamp[1], stamp[2]) = (address, first, last)
    }
    return line
  }

  /// Elements from one kept row to the next.
  var keptPitch: Int { (lanes &+ 31) & ~15 }

  private func keepRows(_ number: Int, _ bytes: Int) -> UnsafeMutableRawPointer {
    let memory = Buffers.allocate(bytes)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    keptReads[number] = KeptRead(memory: memory, bytes: bytes)
    return memory
  }

  /// Address of lane `lane`, or nil if it lies outside.
  @inline(__always) private func address(_ read: UnsafePointer<ReadCode>, _ lane: Int) -> Int? {
    var address = 0
    for axis in read.pointee.axes {
      let index: Int
      if axis.register >= 0 {
        index = Int(pointers[Int(axis.register)].assumingMemoryBound(to: Int64.self)[lane &* axis.registerStep])
      } else {
        index = axis.line.value(variables) &+ lane &* axis.line.stride
      }
      if index < 0 || index >= axis.size { return nil }
      address &+= index &* axis.step
    }
    return address
  }

  private func indices(_ read: UnsafePointer<ReadCode>, _ lane: Int) -> [Int] {
    read.pointee.axes.map { axis in
      axis.register >= 0
        ? Int(pointers[Int(axis.register)].assumingMemoryBound(to: Int64.self)[lane &* axis.registerStep])
        : axis.line.value(variables) &+ lane &* axis.line.stride
    }
  }

  private func holds(_ read: UnsafePointer<ReadCode>, _ lane: Int) -> Bool {
    if let mask, mask[lane] == 0 { return false }
    if read.pointee.condition < 0 { return true }
    let condition = pointers[Int(read.pointee.condition)].assumingMemoryBound(to: UInt8.self)
    return condition[lane &* read.pointee.conditionStep] != 0
  }

  private func readLanes(
    _ read: UnsafePointer<ReadCode>, _ source: UnsafeRawPointer, _ target: Int, _ size: Int, isTangent: Bool,
    _ first: Int, _ last: Int
  ) -> Bool {
    pointers[target] = registers[target]
    let out = registers[target]
    for lane in first..<last {
      var bits: UInt64 = 0
      if holds(read, lane) {
        if let address = address(read, lane) {
          if read.pointee.isTested, let isDone {
            let place = indices(read, lane)
            if !(place.withUnsafeBufferPointer { $0.baseAddress.map { isDone($0, lane) } ?? true }) {
              failure = .forward(place: read.pointee.place, index: place, cell: [lane])
              return false
            }
          }
          bits = Lanes.bits(source + address &* size, size)
        } else if read.pointee.leavesOut, let mask {
          mask[lane] = 0
        } else {
          fail(read, lane)
          return false
        }
      }
      switch size {
      case 1: out.assumingMemoryBound(to: UInt8.self)[lane] = UInt8(truncatingIfNeeded: bits)
      case 4: out.assumingMemoryBound(to: UInt32.self)[lane] = UInt32(truncatingIfNeeded: bits)
      default: out.assumingMemoryBound(to: UInt64.self)[lane] = bits
      }
    }
    return true
  }

  func fail(_ read: UnsafePointer<ReadCode>, _ lane: Int) {
    failure = .outside(
      place: read.pointee.place, index: indices(read, lane), sizes: read.pointee.axes.map(\.size))
  }

  /// Cuts the lanes to those at which the guarding reads make sense; false if one of them may not be left out, as none
  /// may outside of a term.
  func clipGuards(
    _ guards: UnsafeBufferPointer<Int32>, isTerm: Bool, _ first: inout Int, _ last: inout Int
  ) -> Bool {
    for index in guards where isTerm {
      let read = reads + Int(index)
      if read.pointee.leavesOut { clip(read, &first, &last) }
    }
    if first >= last { return true }
    for index in guards {
      let read = reads + Int(index)
      if isTerm && read.pointee.leavesOut { continue }
      var (from, to) = (first, last)
      clip(read, &from, &to)
      if from > first || to < last {
        fail(read, from > first ? first : to)
        return false
      }
    }
    return true
  }

  // MARK: Derivatives

  func accumulate(_ step: UnsafePointer<CodeStep>, isTangent: Bool, _ first: Int, _ last: Int) {
    let read = reads + Int(step.pointee.number)
    let size = Int(step.pointee.size)
    let place = places[Int(step.pointee.number)]
    guard let target = isTangent ? place.adjointTangents : place.adjoints else { return }
    let value = pointers[Int(step.pointee.a)]
    if read.pointee.hasValues || read.pointee.condition >= 0 {
      for lane in first..<last where holds(read, lane) {
        guard let address = address(read, lane) else { continue }
        Lanes.add(value + lane &* size, to: target + address &* size, size: size, count: 1)
      }
      return
    }
    let stride = laneStride(read)
    let address = start(read) &+ first &* stride
    if stride == 0 {
      Lanes.addSum(value + first &* size, to: target + address &* size, size: size, count: last &- first)
    } else {
      if ahead != 0 { Lanes.prefetch(target + address &* size + ahead, stride &* size, last &- first) }
      if stride == 1 { askAhead(read, UnsafeRawPointer(target + address &* size), last &- first) }
      Lanes.add(
        value + first &* size, to: target + address &* size, stride: stride, size: size, count: last &- first)
    }
  }
}
