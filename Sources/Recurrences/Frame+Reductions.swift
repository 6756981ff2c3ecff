// Reductions: the terms of all lanes become rows of a matrix, one row a term, one column a lane; a kernel reduces the
// columns. Lanes at which a term does not count hold the operator's neutral element.
//
// Derivatives make the rows again, turn them into weights, and run each term's adjoint with its row of them.
import KernelTypes
import Kernels

extension Frame {
  /// Elements from row to row for `count` lanes.
  @inline(__always) static func pitch(_ count: Int) -> Int { (count &+ 15) & ~15 }

  func reduce(_ step: UnsafePointer<CodeStep>, _ first: Int, _ last: Int) -> Bool {
    let reduction = reductions + Int(step.pointee.number)
    let target = Int(step.pointee.target)
    pointers[target] = registers[target]
    let isDual = step.pointee.kind == .reduceDual
    let size = reduction.pointee.type.size
    let out = registers[target] + first &* size
    if !isDual {
      if reduction.pointee.distance != nil, distances(reduction, first, last, out) { return true }
      if logProduct(reduction, Int(step.pointee.number), first, last, out) { return true }
    }
    guard let count = makeRows(reduction, first, last) else { return false }
    let rows = rows[reduction.pointee.depth]
    let pitch = Frame.pitch(last &- first)
    value(reduction, rows, count, pitch, last &- first, out)
    if isDual {
      let tangent = Int(step.pointee.a)
      pointers[tangent] = registers[tangent]
      weights(reduction, rows, count, pitch, last &- first)
      product(
        reduction, rows, tangentRows[reduction.pointee.depth], count, pitch, last &- first,
        registers[tangent] + first &* size, nil)
    }
    return true
  }

  // MARK: Rows

  /// Makes the rows of a reduction (and those of tangents where the terms have them); nil when a term failed.
  func makeRows(_ reduction: UnsafePointer<ReductionCode>, _ first: Int, _ last: Int) -> Int? {
    if reduction.pointee.linear.count > 0 && mask == nil { return makeLinearRows(reduction, first, last) }
    var count = 0
    let type = reduction.pointee.type
    let neutral = reduction.pointee.operation.neutral(type)
    let isMean = reduction.pointee.operation.kind == .mean
    let isDual = reduction.pointee.isDual
    let counts = counts + reduction.pointee.depth &* lanes
    if isMean { for lane in 0..<(last - first) { counts[lane] = 0 } }
    let done = forEachTerm(reduction, first, last) { term, from, to in
      let row = self.row(reduction, count, first, last)
      let tangentRow = self.tangentRow(reduction, count, first, last)
      count &+= 1
      guard from < to else {
        Lanes.fill(row, bits: neutral, size: type.size, count: last &- first)
        if isDual { Lanes.fill(tangentRow, bits: 0, size: type.size, count: last &- first) }
        return true
      }
      let base = row - first &* type.size
      if term.pointee.writesRow { pointers[Int(term.pointee.result)] = base }
      if !evaluate(term.pointee.steps, from, to) { return false }
      store(
        Int(term.pointee.result), isUniform: term.pointee.isResultUniform, into: base, type, neutral, first, from, to,
        last)
      if term.pointee.tangent >= 0 {
        store(
          Int(term.pointee.tangent), isUniform: term.pointee.isTangentUniform, into: tangentRow - first &* type.size,
          type, 0, first, from, to, last)
      } else if isDual {
        Lanes.fill(tangentRow, bits: 0, size: type.size, count: last &- first)
      }
      if isMean {
        for lane in from..<to where mask.map({ $0[lane] != 0 }) ?? true { counts[lane - first] += 1 }
      }
      return true
    }
    return done ? count : nil
  }

  @inline(__always) private func row(
    _ reduction: UnsafePointer<ReductionCode>, _ number: Int, _ first: Int, _ last: Int
  ) -> UnsafeMutableRawPointer {
    rows[reduction.pointee.depth] + number &* Frame.pitch(last &- first) &* reduction.pointee.type.size
  }
  @inline(__always) private func tangentRow(
    _ reduction: UnsafePointer<ReductionCode>, _ number: Int, _ first: Int, _ last: Int
  ) -> UnsafeMutableRawPointer {
    tangentRows[reduction.pointee.depth] + number &* Frame.pitch(last &- first) &* reduction.pointee.type.size
  }

  /// Brings a term's value into its row, and the neutral element to the lanes at which it does not count.
  @inline(__always) private func store(
    _ register: Int, isUniform: Bool, into base: UnsafeMutableRawPointer, _ type: DType, _ neutral: UInt64,
    _ first: Int, _ from: Int, _ to: Int, _ last: Int
  ) {
    let size = type.size
    let value = pointers[register]
    if value != base {
      if isUniform {
        Lanes.spread(value, into: base + from &* size, size: size, count: to &- from)
      } else {
        (base + from &* size).copyMemory(from: value + from &* size, byteCount: (to &- from) &* size)
      }
    }
    if from > first { Lanes.fill(base + first &* size, bits: neutral, size: size, count: from &- first) }
    if to < last { Lanes.fill(base + to &* size, bits: neutral, size: size, count: last &- to) }
    if let mask {
      for lane in from..<to where mask[lane] == 0 {
        Lanes.fill(base + lane &* size, bits: neutral, size: size, count: 1)
      }
    }
    pointers[register] = registers[register]
  }

  // MARK: Terms

  /// Calls `body` for every term with the lanes at which it counts, its variables and the mask set.
  func forEachTerm(
    _ reduction: UnsafePointer<ReductionCode>, _ first: Int, _ last: Int,
    _ body: (UnsafePointer<TermCode>, Int, Int) -> Bool
  ) -> Bool {
    guard let terms = reduction.pointee.terms.baseAddress else { return true }
    for index in 0..<reduction.pointee.terms.count {
      if !loop(terms + index, 0, reduction.pointee.depth, first, last, first, last, body) { return false }
    }
    return true
  }

  private func loop(
    _ term: UnsafePointer<TermCode>, _ level: Int, _ depth: Int, _ first: Int, _ last: Int, _ from: Int, _ to: Int,
    _ body: (UnsafePointer<TermCode>, Int, Int) -> Bool
  ) -> Bool {
    guard level < term.pointee.loops.count, let loops = term.pointee.loops.baseAddress else {
      return one(term, depth, first, last, from, to, body)
    }
    let code = loops + level
    let start = code.pointee.start.value(variables)
    let end = code.pointee.end.value(variables)
    let drift = code.pointee.end.stride &- code.pointee.start.stride
    // The longest of the lanes' ranges.
    let most = max(end &- start &+ from &* drift, end &- start &+ max(from, to &- 1) &* drift)
    var offset = 0
    if term.pointee.isPlain && from < to && drift == 0 && most < 1024 {
      while offset < most {
        variables[code.pointee.variable] = start &+ offset
        if !body(term, from, to) { return false }
        offset &+= 1
      }
      return true
    }
    while offset < most {
      // A reduction can have many terms; one that is stopped has no failure.
      if offset & 1023 == 1023, let control, control.isCancelled { return false }
      variables[code.pointee.variable] = start &+ offset
      var (inner, outer) = (from, to)
      if drift != 0 { Frame.clip(end &- start &- 1 &- offset, drift, &inner, &outer) }
      if !loop(term, level &+ 1, depth, first, last, inner, outer, body) { return false }
      offset &+= 1
    }
    return true
  }

  @inline(__always) private func one(
    _ term: UnsafePointer<TermCode>, _ depth: Int, _ first: Int, _ last: Int, _ from: Int, _ to: Int,
    _ body: (UnsafePointer<TermCode>, Int, Int) -> Bool
  ) -> Bool {
    var (from, to) = (from, to)
    for line in term.pointee.filter.lines { clip(line, &from, &to) }
    if from < to && !clipGuards(term.pointee.filter.guards, isTerm: true, &from, &to) { return false }
    if from < to && !clipGuards(term.pointee.guards, isTerm: true, &from, &to) { return false }
    if from >= to { return body(term, first, first) }
    if !term.pointee.hasMask { return body(term, from, to) }
    let outer = mask
    defer { mask = outer }
    let mine = maskPool + (depth &+ 1) &* (lanes &+ 64)
    for lane in from..<to { mine[lane] = outer.map { $0[lane] } ?? 1 }
    mask = mine
    if term.pointee.filter.result >= 0 {
      if !evaluate(term.pointee.filter.steps, from, to) { return false }
      let holds = pointers[Int(term.pointee.filter.result)].assumingMemoryBound(to: UInt8.self)
      let isUniform = term.pointee.filter.isResultUniform
      for lane in from..<to where holds[isUniform ? 0 : lane] == 0 { mine[lane] = 0 }
    }
    return body(term, from, to)
  }
}

extension ReductionOperator {
  /// Negative for a minimum, as the kernels want it.
  var signedGamma: Double { isMinimum ? -gamma : gamma }
  var alpha: Double { if case .tsallis(let alpha) = kind { alpha } else { 1 } }

  /// Bits of the neutral element.
  func neutral(_ type: DType) -> UInt64 {
    func float(_ value: Double) -> UInt64 {
      type == .f32 ? UInt64(Float(value).bitPattern) : value.bitPattern
    }
    switch kind {
    case .sum, .mean: return 0
    case .prod: return type.isFloat ? float(1) : 1
    case .any: return 0
    case .all: return 1
    case .max, .entropy, .l2, .tsallis:
      if type == .i64 { return UInt64(bitPattern: isMinimum ? Int64.max : Int64.min) }
      return float(isMinimum ? .infinity : -.infinity)
    case .user: return UserReduction.absent(type)
    }
  }
}
