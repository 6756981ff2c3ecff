// Runs one part of a recurrence segment by segment: forward where tables are not kept, and back (see Segments).
import KernelTypes
import Kernels

/// What a run in segments reads and writes beside inputs: boxes, and where tables are not kept the cells in front of
/// segments.
package struct SegmentMemory {
  let segments: Segments
  let boxes: [(TableBox, UnsafeMutableRawPointer)]
  let checkpoints: UnsafeMutableRawPointer?

  package init(
    _ segments: Segments, boxes: [(TableBox, UnsafeMutableRawPointer)], checkpoints: UnsafeMutableRawPointer? = nil
  ) {
    self.segments = segments
    self.boxes = boxes
    self.checkpoints = checkpoints
  }

  /// Tables are not kept but made again.
  var isRemade: Bool { checkpoints != nil }
}

extension Run {
  /// Runs instances segment by segment; `memory` has the inputs of the part.
  func runSegments(
    _ memory: RunMemory, _ given: SegmentMemory, from: Int, to: Int, chains: Int, entropy: inout Double
  ) -> Outcome {
    let size = recurrence.program.dtype.size
    let work = SegmentRun(run: self, given: given, chains: chains, size: size)
    for instance in stride(from: from, to: to, by: chains) {
      let outcome =
        form == .values
        ? work.forward(memory, instance) : work.backward(memory, instance..<min(to, instance + chains))
      if outcome != .done { return outcome }
    }
    work.finish()
    entropy += work.entropy
    return .done
  }
}

/// One part of a run in segments.
private final class SegmentRun {
  private let run: Run
  private let given: SegmentMemory
  private let segments: Segments
  private let size: Int
  private let program: Program
  /// Of tables that are not kept.
  private let values: SegmentBuffer?
  /// On the way back, of each of the chains that go side by side.
  private let adjoints: [SegmentBuffer]
  private let tangents: SegmentBuffer?
  private var filling: Walker?
  private var returning: Walker?

  init(run: Run, given: SegmentMemory, chains: Int, size: Int) {
    self.run = run
    self.given = given
    self.size = size
    segments = given.segments
    program = run.recurrence.program
    values = given.checkpoints.map { _ in SegmentBuffer(given.segments, size: size) }
    adjoints = run.form == .values ? [] : (0..<chains).map { _ in SegmentBuffer(given.segments, size: size) }
    tangents = run.form == .adjointTangent ? SegmentBuffer(given.segments, size: size) : nil
  }

  var entropy: Double { returning?.entropy ?? 0 }
  func finish() { returning?.finish() }

  /// Computes a segment of tables that are not kept. What lies in front of it is carried there, and saved, or it was saved
  /// before.
  private func fill(
    _ values: SegmentBuffer, _ checkpoints: UnsafeMutableRawPointer, _ memory: inout RunMemory, _ instance: Int,
    _ segment: Int, saves: Bool
  ) -> Run.Outcome {
    values.begin(segment, bits: Lanes.nan(size: size))
    if segment > 0 {
      values.checkpoint(checkpoints, instance, segment, isSaved: saves)
      values.putFront(of: segment)
    }
    memory.tables = values.bases(instance)
    if filling == nil {
      var run = run
      run.form = .values
      var inputs = memory
      inputs.inputAdjoints = inputs.inputAdjoints.map { _ in nil }
      filling = Walker(run, inputs)
    }
    filling?.rebase([memory], segments.positions(segment))
    return filling?.walk(from: instance, to: instance + 1) ?? .done
  }

  func forward(_ memory: RunMemory, _ instance: Int) -> Run.Outcome {
    guard let values, let checkpoints = given.checkpoints else { return .done }
    var memory = memory
    for segment in 0..<segments.count {
      let outcome = fill(values, checkpoints, &memory, instance, segment, saves: true)
      if outcome != .done { return outcome }
      if segment + 1 < segments.count { values.carryEnd(of: segment) }
      for (box, memory) in given.boxes {
        each(box, instance, segment) { boxed, cell, count in
          let (from, _) = values.part(box.table, cell.index..<cell.index + 1)
          (memory + boxed * size).copyMemory(from: from + cell.offset * size, byteCount: count * size)
        }
      }
    }
    return .done
  }

  /// One instance, or several where chains go side by side: those have neither tangents nor tables to be made again.
  func backward(_ memory: RunMemory, _ instances: Range<Int>) -> Run.Outcome {
    var memory = memory
    for segment in (0..<segments.count).reversed() {
      if let values, let checkpoints = given.checkpoints {
        let outcome = fill(values, checkpoints, &memory, instances.lowerBound, segment, saves: false)
        if outcome != .done { return outcome }
      }
      let isLast = segment + 1 == segments.count
      var memories = instances.map { _ in memory }
      for (chain, instance) in instances.enumerated() {
        let adjoints = adjoints[chain]
        adjoints.begin(segment, bits: 0)
        if !isLast { adjoints.addEnd(of: segment) }
        for (box, memory) in given.boxes {
          each(box, instance, segment) { boxed, cell, count in
            let (to, _) = adjoints.part(box.table, cell.index..<cell.index + 1)
            Lanes.add(memory + boxed * size, to: to + cell.offset * size, size: size, count: count)
          }
        }
        memories[chain].tableAdjoints = adjoints.bases(instance)
        if let tangents {
          tangents.begin(segment, bits: 0)
          if !isLast { tangents.addEnd(of: segment) }
          memories[chain].tableAdjointTangents = tangents.bases(instance)
        }
      }
      if returning == nil { returning = Walker(run, memories[0], chains: adjoints.count) }
      returning?.rebase(memories, segments.positions(segment))
      let outcome = returning?.walk(from: instances.lowerBound, to: instances.upperBound) ?? .done
      if outcome != .done { return outcome }
      for chain in 0..<instances.count { adjoints[chain].carryFront(of: segment) }
      tangents?.carryFront(of: segment)
    }
    return .done
  }

  /// Calls `body` for each run of cells of a box that lies in a segment of an instance: where it begins in the box, the
  /// index along the axis and the offset behind it, and its length.
  private func each(
    _ box: TableBox, _ instance: Int, _ segment: Int,
    _ body: (_ boxed: Int, _ cell: (index: Int, offset: Int), _ count: Int) -> Void
  ) {
    let sizes = program.tables[box.table].sizes
    let axis = segments.axis
    // The instance's place in the box.
    var boxed = 0
    var rest = instance
    var place = Array(repeating: 0, count: axis)
    for parallel in (0..<axis).reversed() {
      (rest, place[parallel]) = rest.quotientAndRemainder(dividingBy: sizes[parallel])
    }
    for parallel in 0..<axis {
      let index = place[parallel] - box.starts[parallel]
      if index < 0 || index >= box.sizes[parallel] { return }
      boxed = boxed * box.sizes[parallel] + index
    }
    let wanted = box.starts[axis]..<box.starts[axis] + box.sizes[axis]
    let indices = segments.mirrored(segments.positions(segment)).clamped(to: wanted)
    let inner = axis + 1..<sizes.count
    let run = inner.isEmpty ? 1 : box.sizes[sizes.count - 1]
    let runs = inner.dropLast().reduce(1) { $0 * box.sizes[$1] }
    for index in indices {
      for number in 0..<runs {
        var offset = 0
        var factor = 1
        var rest = number
        for other in inner.reversed() {
          var at = box.starts[other]
          if other != sizes.count - 1 {
            at += rest % box.sizes[other]
            rest /= box.sizes[other]
          }
          offset += at * factor
          factor *= sizes[other]
        }
        let row = (boxed * box.sizes[axis] + index - box.starts[axis]) * runs + number
        body(row * run, (index, offset), run)
      }
    }
  }
}
