// The order of cells: which axes are batches, which are walked and how, where the lanes lie, and what is a cycle.
import Recurrences
import Testing

@Suite struct ScheduleTests {
  let max = ReductionOperator(.max)

  @Test func aChainWalksTimeWithStatesAsLanes() throws {
    let schedule = try Recurrence(chain(3, 50, 20, max)).schedule
    #expect(schedule.parallel == [0])
    #expect(schedule.walks.map(\.axis) == [1])
    #expect(schedule.walks.map(\.direction) == [1])
    #expect(schedule.lanes == .axis(2))
  }

  /// Else an item's derivatives would be added up in an order that depends on the batch.
  @Test func lanesStayWithinAnItemWhateverTheBatch() throws {
    for batch in [1, 5, 64] {
      let schedule = try Recurrence(chain(batch, 50, 3, max)).schedule
      #expect(schedule.lanes == .axis(2))
      #expect(schedule.parallel == [0])
    }
  }

  @Test func anAlignmentRunsAlongItsDiagonals() throws {
    let schedule = try Recurrence(grid(40, 30, max, offsets: [(-1, 0), (0, -1), (-1, -1)])).schedule
    #expect(schedule.lanes == .diagonal(0, 1))
    #expect(schedule.walks == [])
  }

  @Test func readsAheadAreWalkedDownwards() throws {
    let schedule = try Recurrence(grid(40, 30, max, offsets: [(1, 0), (1, 1), (1, -1)])).schedule
    #expect(schedule.walks.map(\.axis) == [0])
    #expect(schedule.walks.map(\.direction) == [-1])
    #expect(schedule.lanes == .axis(1))
  }

  @Test func oppositeReadsAreACycleThatNamesBoth() {
    do {
      _ = try Recurrence(grid(5, 1, max, offsets: [(-1, 0), (1, 0)]))
      Issue.record("a cycle has an order")
    } catch {
      #expect(error == .cycle(first: 10, second: 11))
    }
  }

  @Test func aCellThatReadsItselfIsACycle() {
    do {
      _ = try Recurrence(grid(5, 5, max, offsets: [(0, 0)]))
      Issue.record("a cycle has an order")
    } catch {
      #expect(error == .cycle(first: 10, second: 10))
    }
  }

  @Test func expressionsOfIndicesAddUp() {
    let e = variable(2) * 3 + variable(0, plus: 4) - variable(2) * 3
    #expect(e == variable(0, plus: 4))
    #expect(e.substituting([Affine(6)]) == Affine(10))
    #expect(variable(1).soleVariable == 1 && variable(1, plus: 1).soleVariable == nil)
  }
}
