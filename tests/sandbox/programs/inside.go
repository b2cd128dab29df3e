// SPDX-License-Identifier: Apache-2.0

// What runs inside the sandbox, from a static Go program: Go preempts its threads by signals, resolves names by itself and
// opens files without O_DIRECTORY or libc.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"os/signal"
	"syscall"
)

func fail(format string, arguments ...any) {
	fmt.Printf(format+"\n", arguments...)
	os.Exit(1)
}

func report(i, j int) {
	directory := fmt.Sprintf("/sys/kernel/config/fake/report/g%d-%d", i, j)
	if err := os.Mkdir(directory, 0o755); err != nil {
		fail("mkdir: %v", err)
	}
	in := make([]byte, 64)
	in[0], in[1] = byte(i), byte(j)
	if err := os.WriteFile(directory+"/inblob", in, 0o644); err != nil {
		fail("write: %v", err)
	}
	out, err := os.ReadFile(directory + "/outblob")
	if err != nil || string(out) != "report level=0 in="+string(in) {
		fail("read: %v %q", err, out)
	}
	if generation, _ := os.ReadFile(directory + "/generation"); string(generation) != "1\n" {
		fail("generation %q", generation)
	}
	if err := os.Remove(directory); err != nil {
		fail("remove: %v", err)
	}
}

func storm() {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGUSR1)
	go func() {
		for {
			syscall.Kill(os.Getpid(), syscall.SIGUSR1)
			time.Sleep(3 * time.Millisecond)
		}
	}()
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for j := 0; j < 25; j++ {
				report(i, j)
			}
		}()
	}
	group.Wait()
	fmt.Println("ok")
}

func main() {
	switch os.Args[1] {
	case "storm":
		storm()
	case "get":
		response, err := http.Get(os.Args[2])
		if err != nil {
			fail("%v", err)
		}
		body, _ := io.ReadAll(response.Body)
		fmt.Print(string(body))
	case "lookup":
		addresses, err := net.LookupHost(os.Args[2])
		fmt.Println(addresses, err)
	}
}
