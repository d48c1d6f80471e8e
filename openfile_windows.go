package psutil

func (p Process) numFDs() (int, error) { return 0, p.unsupported("num_fds") }

func (p Process) openFDs(bool) ([]OpenFile, error) { return nil, p.unsupported("open_files") }
