// Element operations on booleans: bytes 0 and 1. On these, comparisons are logic, too.
import KernelTypes

func addElementsBool(_ table: inout KernelTable) {
  func set(_ op: ElementOp, _ kernel: @escaping ElementKernel) { table.elements[KernelTable.index(op, .bool)] = kernel }
  set(.copy) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, loadB16(a, i))
      i &+= 16
    }
    return -1
  }
  set(.not) { d, a, _, _, n in
    var i = 0
    while i < n {
      store(d, i, loadB16(a, i) ^ 1)
      i &+= 16
    }
    return -1
  }
  set(.and) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, loadB16(a, i) & loadB16(b, i))
      i &+= 16
    }
    return -1
  }
  set(.or) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, loadB16(a, i) | loadB16(b, i))
      i &+= 16
    }
    return -1
  }
  set(.eq) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, loadB16(a, i) ^ loadB16(b, i) ^ 1)
      i &+= 16
    }
    return -1
  }
  set(.ne) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, loadB16(a, i) ^ loadB16(b, i))
      i &+= 16
    }
    return -1
  }
  set(.lt) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, (loadB16(a, i) ^ 1) & loadB16(b, i))
      i &+= 16
    }
    return -1
  }
  set(.le) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, (loadB16(a, i) ^ 1) | loadB16(b, i))
      i &+= 16
    }
    return -1
  }
  set(.gt) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, loadB16(a, i) & (loadB16(b, i) ^ 1))
      i &+= 16
    }
    return -1
  }
  set(.ge) { d, a, b, _, n in
    var i = 0
    while i < n {
      store(d, i, loadB16(a, i) | (loadB16(b, i) ^ 1))
      i &+= 16
    }
    return -1
  }
  set(.select) { d, chosen, a, b, n in
    var i = 0
    while i < n {
      let lanes = 0 &- loadB16(chosen, i)
      store(d, i, (loadB16(a, i) & lanes) | (loadB16(b, i) & ~lanes))
      i &+= 16
    }
    return -1
  }
}
