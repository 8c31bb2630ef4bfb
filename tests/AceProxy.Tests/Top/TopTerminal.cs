using System.Diagnostics;
using System.Text;
using AceProxy.Hosting;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Top;

/// <summary><c>aceproxy top</c> in a terminal of its own (a pseudo-terminal, by util-linux's <c>script</c>), as an operator has it.</summary>
internal sealed class TopTerminal : IDisposable
{
    private readonly Process _process;
    private readonly string _device;
    private readonly Lock _gate = new();
    private readonly Task _reading;

    private TopTerminal(Process process, string device, int width, int height)
    {
        (_process, _device, Screen) = (process, device, new TerminalScreen(width, height));
        _reading = ReadAsync();
    }

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_gate)
            {
                return Screen.Lines;
            }
        }
    }

    /// <summary>Its flags; what stands on it while it is being drawn is in <see cref="Lines"/>.</summary>
    public TerminalScreen Screen { get; }

    public static async Task<TopTerminal> StartAsync(
        int width, int height, Uri url, string arguments = "", params (string Name, string Value)[] settings)
    {
        ExternalTool.Require("script");
        string command = // a suite that runs in the background has its interrupts ignored, and what it starts would too
            $"tty; stty rows {height} cols {width}; exec env --default-signal=INT,QUIT dotnet '{typeof(ProxyApplication).Assembly.Location}' top --url {url} {arguments}";
        var start = new ProcessStartInfo("script", ["--quiet", "--return", "--echo", "never", "--command", command, "/dev/null"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (string name in (string[])["NO_COLOR", "LC_ALL", "LC_CTYPE", "API_KEY", "API_KEY_FILE"])
        {
            start.Environment.Remove(name);
        }

        (string Name, string Value)[] all = [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("SHELL", "/bin/sh"), .. settings];
        foreach ((string name, string value) in all)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        using CancellationTokenSource net = SafetyNet.Start();
        var device = new StringBuilder();
        byte[] letter = new byte[1];
        while (await process.StandardOutput.BaseStream.ReadAsync(letter, net.Token) > 0 && letter[0] != '\n')
        {
            device.Append((char)letter[0]);
        }

        return new TopTerminal(process, device.ToString().Trim(), width, height);
    }

    /// <summary>Until the screen is as it is wanted.</summary>
    public async Task UntilAsync(Func<IReadOnlyList<string>, bool> holds)
    {
        await SafetyNet.EventuallyAsync(() => _reading.IsFaulted || holds(Lines), () => string.Join('\n', Lines));
        if (_reading.IsFaulted)
        {
            await _reading; // which tells what was wrong with what it wrote
        }
    }

    public Task UntilAsync(string text) => UntilAsync(lines => lines.Any(line => line.Contains(text, StringComparison.Ordinal)));

    public async Task TypeAsync(string keys)
    {
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>As somebody who pulls at the window's corner.</summary>
    public async Task ResizeAsync(int width, int height)
    {
        lock (_gate)
        {
            Screen.Resize(Math.Max(width, 1000), Math.Max(height, 1000)); // a frame of the old size may be under way
        }

        (int exitCode, string output) = await ExternalTool.RunAsync("stty", ["-F", _device, "rows", $"{height}", "cols", $"{width}"]);
        Assert.True(exitCode == 0, output);
    }

    /// <returns>Its exit code, once everything it wrote has been read.</returns>
    public async Task<int> EndedAsync()
    {
        using CancellationTokenSource net = SafetyNet.Start();
        await _process.WaitForExitAsync(net.Token);
        await _reading.WaitAsync(net.Token);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true); // does nothing to one that has ended
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        var decoder = Encoding.UTF8.GetDecoder();
        byte[] bytes = new byte[16 * 1024];
        char[] text = new char[16 * 1024];
        int count;
        while ((count = await _process.StandardOutput.BaseStream.ReadAsync(bytes)) > 0)
        {
            lock (_gate)
            {
                Screen.Write(new string(text, 0, decoder.GetChars(bytes, 0, count, text, 0)));
            }
        }
    }
}
