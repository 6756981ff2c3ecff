// Runs a recurrence in one of its forms: parts of the parallel axes on the pool, and in each the cells in the order of the
// schedule, or backwards for derivatives.
//
// Parts are a function of sizes alone. Derivatives of an input that several parts share are added up in memory of each part
// and combined in the order of the parts.
import KernelTypes
import Kernels

package struct Run {
  let recurrence: Recurrence
  var form: Recurrence.Form
  let memory: RunMemory
  let control: RunControl
  /// Draws take the place of weights.
  let walk: RandomStream?
  /// Adds up the entropy of the walk that the weights describe.
  let entropy: UnsafeMutablePointer<Double>?
  /// The run goes in segments, and has no whole tables.
  package var segments: SegmentMemory?

  package init(
    _ recurrence: Recurrence, _ form: Recurrence.Form, _ memory: RunMemory, walk: RandomStream? = nil,
    entropy: UnsafeMutablePointer<Double>? = nil, control: RunControl
  ) {
    self.entropy = entropy
    self.recurrence = recurrence
    self.form = form
    self.memory = memory
    self.walk = walk
    self.control = control
  }

  package enum Outcome: Equatable {
    case done
    case cancelled
    case failed(CellFailure)
  }

  /// Parts at most, and cells that are worth a part.
  private static let mostParts = 32
  private static let cellsInPart = 4096

  package func run() -> Outcome {
    let schedule = recurrence.schedule
    let sizes = schedule.parallel.map { recurrence.space[$0] }
    let instances = sizes.reduce(1, *)
    let cells = recurrence.space.reduce(1, *)
    if cells == 0 { return .done }
    let shared = form == .values || form == .tangent ? [] : sharedInputs()
    // Together the copies of shared derivatives are at most a quarter of the table.
    let copied = shared.reduce(0) { $0 + recurrence.program.inputs[$1].count }
    let affordable = copied == 0 ? Run.mostParts : 1 + cells / 4 / copied
    let most = recurrence.program.callsFunctions ? 1 : Run.mostParts
    let isRemade = segments?.isRemade ?? false
    let chains =
      walk != nil || entropy != nil || isRemade ? 1 : recurrence.chains(form, wanted: memory.wanted)
    let groups = (instances + chains - 1) / chains
    let parts = max(1, min(most, affordable, groups, cells / Run.cellsInPart))
    let bytes = shared.map { recurrence.program.inputs[$0].count * recurrence.program.inputs[$0].dtype.size }
    var copies: [[UnsafeMutableRawPointer]] = []
    for _ in 1..<max(2, parts) where parts > 1 {
      copies.append(
        bytes.map { count in
          let copy = Buffers.allocate(max(1, count))
          copy.initializeMemory(as: UInt8.self, repeating: 0, count: count)
          return copy
        })
    }
    defer {
      for copy in copies { for (index, block) in copy.enumerated() { Buffers.free(block, max(1, bytes[index])) } }
    }
    let outcomes = UnsafeMutablePointer<Outcome>.allocate(capacity: parts)
    outcomes.initialize(repeating: .done, count: parts)
    defer {
      outcomes.deinitialize(count: parts)
      outcomes.deallocate()
    }
    let entropies = UnsafeMutablePointer<Double>.allocate(capacity: parts)
    entropies.initialize(repeating: 0, count: parts)
    defer { entropies.deallocate() }
    control.pool.run(parts: parts) { part in
      var memory = self.memory
      if part > 0 {
        for (index, input) in shared.enumerated() where memory.inputAdjoints[input] != nil {
          memory.inputAdjoints[input] = copies[part - 1][index]
        }
      }
      let (from, to) = (groups * part / parts * chains, min(instances, groups * (part + 1) / parts * chains))
      if let segments {
        outcomes[part] = runSegments(
          memory, segments, from: from, to: to, chains: chains, entropy: &entropies[part])
        return
      }
      let walker = Walker(self, memory, chains: chains)
      outcomes[part] = walker.walk(from: from, to: to)
      walker.finish()
      entropies[part] = walker.entropy
    }
    if let entropy { for part in 0..<parts { entropy.pointee += entropies[part] } }
    for part in 0..<parts where outcomes[part] != .done { return outcomes[part] }
    for copy in copies {
      for (index, input) in shared.enumerated() {
        guard let target = memory.inputAdjoints[input] else { continue }
        Lanes.add(
          copy[index], to: target, size: recurrence.program.inputs[input].dtype.size,
          count: recurrence.program.inputs[input].count)
      }
    }
    return .done
  }

  /// Inputs of which different instances may read the same element.
  private func sharedInputs() -> [Int] {
    let parallel = recurrence.schedule.parallel
    return recurrence.program.inputs.indices.filter { input in
      recurrence.isDifferentiable(input)
        && !parallel.allSatisfy { axis in
          // Some axis of the input is the parallel index itself, in every read.
          recurrence.program.inputs[input].sizes.indices.contains { place in
            recurrence.program.clauses.allSatisfy { clause in
              clause.reads.allSatisfy { read in
                if read.source != .input(input) { return true }
                guard case .affine(let e) = read.indices[place] else { return false }
                return e.soleVariable == axis
              }
            }
          }
        }
    }
  }
}
