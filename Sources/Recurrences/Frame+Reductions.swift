// Reductions: the terms of all lanes become rows of a matrix, one row a term, one column a lane; a kernel reduces the
// columns. Lanes at which a term does not count hold the operator's neutral element.
//
// Derivatives make the rows again, turn them into weights, and run each term's adjoint with its row of them.
import KernelTypes
import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Frame {
  /// Elements from row to row for `count` lanes.
  @inline(__always) static func pitch(_ count: Int) -> Int { (count &+ 15) & ~15 }

  func reduce(_ step: UnsafePointer<CodeStep>, _ first: Int, _ last: Int) -> Bool {
    guard let reductions = code.reductions.baseAddress else { return true }
    let reduction = reductions + Int(step.pointee.number)
    let target = Int(step.pointee.target)
    pointers[target] = registers[target]
    let isDual = step.pointee.kind == .reduceDual
    guard let count = makeRows(reduction, first, last) else { return false }
    let size = reduction.pointee.type.size
    let rows = rows[reduction.pointee.depth]
    let pitch = Frame.pitch(last &- first)
    let out = registers[target] + first &* size
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
  private func makeRows(_ reduction: UnsafePointer<ReductionCode>, _ first: Int, _ last: Int) -> Int? {
    if reduction.pointee.linear.count > 0 && mask == nil { return makeLinearRows(reduction, first, last) }
    var count = 0
    let type = reduction.pointee.type
    let neutral = reduction.pointee.operation.neutral(type)
    let isMean = reduction.pointee.operation.kind == .mean
    let isDual = reduction.pointee.isDual
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
  private func forEachTerm(
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
    if from < to && !clipGuards(term.pointee.guards, &from, &to) { return false }
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

  // MARK: Values, weights and their products

  private func value(
    _ reduction: UnsafePointer<ReductionCode>, _ rows: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int,
    _ lanes: Int, _ out: UnsafeMutableRawPointer
  ) {
    let operation = reduction.pointee.operation
    let type = reduction.pointee.type
    if let columns = reduction.pointee.columns {
      columns(out, nil, rows, count, pitch, lanes, operation.signedGamma, operation.alpha)
      if operation.isCentred && operation.kind == .l2 && count > 0 { centre(out, type, lanes, operation) }
      return
    }
    Lanes.fill(out, bits: operation.neutral(type), size: type.size, count: pitch)
    guard let fold = reduction.pointee.fold, count > 0 else {
      if operation.kind == .mean {
        Lanes.fill(
          out, bits: type == .f32 ? UInt64(Float.nan.bitPattern) : Double.nan.bitPattern, size: type.size, count: lanes)
      }
      return
    }
    // The kernel takes whole rows: their padding holds the neutral element too.
    if pitch > lanes {
      for row in 0..<count {
        Lanes.fill(
          rows + (row &* pitch &+ lanes) &* type.size, bits: operation.neutral(type), size: type.size,
          count: pitch &- lanes)
      }
    }
    let failed = fold(out, rows, count, pitch)
    if failed >= 0 {
      failure = .integer(place: reduction.pointee.place, reason: Int(IntegerFailure.overflow.rawValue))
    }
    guard operation.kind == .mean else { return }
    for lane in 0..<lanes {
      if type == .f32 {
        out.assumingMemoryBound(to: Float.self)[lane] /= Float(counts[lane])
      } else {
        out.assumingMemoryBound(to: Double.self)[lane] /= counts[lane]
      }
    }
  }

  /// Of the regulariser (|q|^2 - 1) / 2 instead of |q|^2 / 2: gamma / 2 more (less for a minimum).
  private func centre(_ out: UnsafeMutableRawPointer, _ type: DType, _ lanes: Int, _ operation: ReductionOperator) {
    for lane in 0..<lanes {
      if type == .f32 {
        out.assumingMemoryBound(to: Float.self)[lane] += Float(operation.signedGamma / 2)
      } else {
        out.assumingMemoryBound(to: Double.self)[lane] += operation.signedGamma / 2
      }
    }
  }

  /// Turns rows of terms into rows of weights.
  private func weights(
    _ reduction: UnsafePointer<ReductionCode>, _ rows: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int,
    _ lanes: Int
  ) {
    let operation = reduction.pointee.operation
    let type = reduction.pointee.type
    if let columns = reduction.pointee.columns {
      columns(nil, rows, rows, count, pitch, lanes, operation.signedGamma, operation.alpha)
      return
    }
    if type == .f32 {
      plainWeights(operation, rows.assumingMemoryBound(to: Float.self), count, pitch, lanes)
    } else {
      plainWeights(operation, rows.assumingMemoryBound(to: Double.self), count, pitch, lanes)
    }
  }

  private func plainWeights<T: BinaryFloatingPoint>(
    _ operation: ReductionOperator, _ rows: UnsafeMutablePointer<T>, _ count: Int, _ pitch: Int, _ lanes: Int
  ) {
    for lane in 0..<lanes {
      switch operation.kind {
      case .mean:
        let share = T(1 / counts[lane])
        for row in 0..<count { rows[row &* pitch &+ lane] = share }
      case .prod:
        // The product of the others: what comes before times what comes behind.
        var before = T(1)
        var behind = [T](repeating: 1, count: count + 1)
        for row in stride(from: count - 1, through: 0, by: -1) {
          behind[row] = behind[row + 1] * rows[row &* pitch &+ lane]
        }
        for row in 0..<count {
          let term = rows[row &* pitch &+ lane]
          rows[row &* pitch &+ lane] = before * behind[row + 1]
          before *= term
        }
      default: for row in 0..<count { rows[row &* pitch &+ lane] = 1 }
      }
    }
  }

  /// Weights of a product with their tangents, from terms with theirs: as `plainWeights`, on dual numbers.
  private func dualProductWeights(
    _ type: DType, _ rows: UnsafeMutableRawPointer, _ tangents: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int,
    _ lanes: Int
  ) {
    for lane in 0..<lanes {
      var behind = [(value: Double, tangent: Double)](repeating: (1, 0), count: count + 1)
      for row in stride(from: count - 1, through: 0, by: -1) {
        let (x, dx) = (element(rows, row &* pitch &+ lane, type), element(tangents, row &* pitch &+ lane, type))
        let next = behind[row + 1]
        behind[row] = (next.value * x, next.tangent * x + next.value * dx)
      }
      var before = (value: 1.0, tangent: 0.0)
      for row in 0..<count {
        let index = row &* pitch &+ lane
        let (x, dx) = (element(rows, index, type), element(tangents, index, type))
        let next = behind[row + 1]
        setElement(rows, index, before.value * next.value, type)
        setElement(tangents, index, before.tangent * next.value + before.value * next.tangent, type)
        before = (before.value * x, before.tangent * x + before.value * dx)
      }
    }
  }

  /// From weights and tangents of terms: the tangent of the value, and those of the weights (in place of the terms').
  private func product(
    _ reduction: UnsafePointer<ReductionCode>, _ weights: UnsafeMutableRawPointer, _ tangents: UnsafeMutableRawPointer,
    _ count: Int, _ pitch: Int, _ lanes: Int, _ valueDot: UnsafeMutableRawPointer?,
    _ weightsDot: UnsafeMutableRawPointer?
  ) {
    let operation = reduction.pointee.operation
    if let product = reduction.pointee.product {
      product(
        valueDot, weightsDot, weights, tangents, count, pitch, lanes, operation.signedGamma, operation.alpha)
      return
    }
    if reduction.pointee.type == .f32 {
      plainProduct(weights, tangents, count, pitch, lanes, valueDot, weightsDot, Float.self)
    } else {
      plainProduct(weights, tangents, count, pitch, lanes, valueDot, weightsDot, Double.self)
    }
  }

  private func plainProduct<T: BinaryFloatingPoint>(
    _ weights: UnsafeMutableRawPointer, _ tangents: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int, _ lanes: Int,
    _ valueDot: UnsafeMutableRawPointer?, _ weightsDot: UnsafeMutableRawPointer?, _: T.Type
  ) {
    let weights = weights.assumingMemoryBound(to: T.self)
    let tangents = tangents.assumingMemoryBound(to: T.self)
    for lane in 0..<lanes {
      var total = T(0)
      for row in 0..<count { total += weights[row &* pitch &+ lane] * tangents[row &* pitch &+ lane] }
      valueDot?.assumingMemoryBound(to: T.self)[lane] = total
      guard let out = weightsDot?.assumingMemoryBound(to: T.self) else { continue }
      // Weights of a sum and of a mean do not change.
      for row in 0..<count { out[row &* pitch &+ lane] = 0 }
    }
  }

  // MARK: Adjoints

  func reduceAdjoint(_ step: UnsafePointer<CodeStep>, _ first: Int, _ last: Int) -> Bool {
    guard let reductions = code.reductions.baseAddress else { return true }
    let reduction = reductions + Int(step.pointee.number)
    if reduction.pointee.operation.kind == .sum { return sumAdjoint(reduction, first, last) }
    guard let count = makeRows(reduction, first, last) else { return false }
    let size = reduction.pointee.type.size
    let pitch = Frame.pitch(last &- first)
    let lanes = last &- first
    let rows = rows[reduction.pointee.depth]
    let tangents = tangentRows[reduction.pointee.depth]
    if reduction.pointee.isDual && reduction.pointee.operation.kind == .prod {
      dualProductWeights(reduction.pointee.type, rows, tangents, count, pitch, lanes)
    } else {
      weights(reduction, rows, count, pitch, lanes)
      if entropy != nil { addEntropy(reduction, rows, count, pitch, pointers[Int(step.pointee.a)], first, last) }
      if let walk { draw(walk, reduction, rows, count, pitch, lanes, first, Int(step.pointee.number)) }
      if reduction.pointee.isDual { product(reduction, rows, tangents, count, pitch, lanes, nil, tangents) }
    }
    if reduction.pointee.linear.count > 0 && mask == nil {
      sendLinearRows(reduction, step, first, last, count)
      return true
    }
    var number = 0
    return forEachTerm(reduction, first, last) { term, from, to in
      let row = self.row(reduction, number, first, last) - first &* size
      let tangentRow = self.tangentRow(reduction, number, first, last) - first &* size
      number &+= 1
      guard from < to else { return true }
      if mask != nil {
        // The mask of reads is known once the term has been made.
        if !evaluate(term.pointee.steps, from, to) { return false }
        for lane in from..<to where mask.map({ $0[lane] == 0 }) ?? false {
          Lanes.fill(row + lane &* size, bits: 0, size: size, count: 1)
          Lanes.fill(tangentRow + lane &* size, bits: 0, size: size, count: 1)
        }
      }
      if term.pointee.weight >= 0 { pointers[Int(term.pointee.weight)] = row }
      if term.pointee.weightTangent >= 0 { pointers[Int(term.pointee.weightTangent)] = tangentRow }
      return evaluate(term.pointee.adjoint, from, to)
    }
  }

  /// The weights of a sum are 1, whatever its terms are.
  private func sumAdjoint(_ reduction: UnsafePointer<ReductionCode>, _ first: Int, _ last: Int) -> Bool {
    let type = reduction.pointee.type
    let row = rows[reduction.pointee.depth]
    let tangentRow = tangentRows[reduction.pointee.depth]
    let one = type == .f32 ? UInt64(Float(1).bitPattern) : 1.0.bitPattern
    Lanes.fill(row, bits: one, size: type.size, count: last &- first)
    Lanes.fill(tangentRow, bits: 0, size: type.size, count: last &- first)
    return forEachTerm(reduction, first, last) { term, from, to in
      guard from < to else { return true }
      if mask != nil {
        if !evaluate(term.pointee.steps, from, to) { return false }
        for lane in from..<to {
          let counts = mask.map { $0[lane] != 0 } ?? true
          Lanes.fill(row + (lane &- first) &* type.size, bits: counts ? one : 0, size: type.size, count: 1)
        }
      }
      if term.pointee.weight >= 0 { pointers[Int(term.pointee.weight)] = row - first &* type.size }
      if term.pointee.weightTangent >= 0 {
        pointers[Int(term.pointee.weightTangent)] = tangentRow - first &* type.size
      }
      return evaluate(term.pointee.adjoint, from, to)
    }
  }

  /// Adds seed * -sum(q log q) of each lane: summed over all cells, the entropy of the path that the weights walk.
  private func addEntropy(
    _ reduction: UnsafePointer<ReductionCode>, _ rows: UnsafeMutableRawPointer, _ count: Int, _ pitch: Int,
    _ seed: UnsafeMutableRawPointer, _ first: Int, _ last: Int
  ) {
    guard reduction.pointee.columns != nil, var total = entropy else { return }
    let type = reduction.pointee.type
    for lane in first..<last {
      var sum = 0.0
      for row in 0..<count {
        let weight = element(rows, row &* pitch &+ lane &- first, type)
        if weight > 0 { sum -= weight * log(weight) }
      }
      total += sum * element(seed, lane, type)
    }
    entropy = total
  }

  /// Puts one draw in place of the weights of each lane: 1 at the drawn term, 0 elsewhere.
  private func draw(
    _ walk: RandomStream, _ reduction: UnsafePointer<ReductionCode>, _ rows: UnsafeMutableRawPointer, _ count: Int,
    _ pitch: Int, _ lanes: Int, _ first: Int, _ number: Int
  ) {
    guard reduction.pointee.columns != nil else { return }
    for lane in 0..<lanes {
      let cell = cellAddress &+ (first &+ lane) &* cellStride
      let point = walk.uniform(cell, draw: code.table &* 256 &+ number)
      var total = 0.0
      var chosen = -1
      var last = -1
      for row in 0..<count {
        let weight = element(rows, row &* pitch &+ lane, reduction.pointee.type)
        if weight > 0 { last = row }
        total += weight
        if chosen < 0 && point < total { chosen = row }
      }
      if chosen < 0 { chosen = last }
      for row in 0..<count {
        setElement(rows, row &* pitch &+ lane, row == chosen ? 1 : 0, reduction.pointee.type)
      }
    }
  }

  private func element(_ rows: UnsafeMutableRawPointer, _ index: Int, _ type: DType) -> Double {
    type == .f32
      ? Double(rows.assumingMemoryBound(to: Float.self)[index]) : rows.assumingMemoryBound(to: Double.self)[index]
  }
  private func setElement(_ rows: UnsafeMutableRawPointer, _ index: Int, _ value: Double, _ type: DType) {
    if type == .f32 {
      rows.assumingMemoryBound(to: Float.self)[index] = Float(value)
    } else {
      rows.assumingMemoryBound(to: Double.self)[index] = value
    }
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
    case .max, .entropy, .l2, .tsallis, .user:
      if type == .i64 { return UInt64(bitPattern: isMinimum ? Int64.max : Int64.min) }
      return float(isMinimum ? .infinity : -.infinity)
    }
  }
}
