using System.Runtime.InteropServices;
using System.Text;

namespace AceProxy.Top;

/// <summary>The terminal, taken over for as long as this lives and left as it was.</summary>
internal sealed partial class Terminal : IDisposable
{
    /// <summary>The other screen, without a cursor (xterm's control sequences; every terminal of today knows them).</summary>
    private const string Take = "\e[?1049h\e[?25l\e[2J";

    /// <summary>Keypad and cursor keys too: the runtime has set them for reading keys.</summary>
    private const string GiveBack = "\e[0m\e[?25h\e[?1l\e>\e[?1049l";

    /// <summary>SIGSTOP; its number is Linux's.</summary>
    private const int StopSignal = 19;

    private static readonly (int Width, int Height) Usual = (80, 24);

    private static readonly PosixSignal[] Ending = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    private static readonly string[] LocaleVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    private readonly Stream _output = Console.OpenStandardOutput();
    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration[] _signals;
    private bool _isOurs;
    private (int Width, int Height) _drawn;

    /// <param name="redraw">Its size has changed, or it is ours again.</param>
    /// <param name="end">Somebody wants an end.</param>
    public Terminal(Action redraw, Action end)
    {
        _signals =
        [
            .. Ending.Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                end();
            })),
            .. !OperatingSystem.IsLinux() ? (PosixSignalRegistration[])[] :
            [
                PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => redraw()),
                PosixSignalRegistration.Create(PosixSignal.SIGTSTP, context =>
                {
                    context.Cancel = true; // the runtime would not stop it
                    Set(false);
                    _ = Kill(Environment.ProcessId, StopSignal);
                }),
                PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ =>
                {
                    Set(true);
                    redraw();
                }),
            ],
        ];
        Set(true);
    }

    /// <summary>Whether one can be drawn on: not a pipe, and no terminal that knows no control sequences.</summary>
    public static bool IsThere => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    public static bool HasColours => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>As the C library decides it.</summary>
    public static bool HasUnicode => LocaleVariables
        .Select(Environment.GetEnvironmentVariable).FirstOrDefault(value => !string.IsNullOrEmpty(value))
        is { } locale && locale.Replace("-", "", StringComparison.Ordinal).Contains("utf8", StringComparison.OrdinalIgnoreCase);

    /// <summary>In cells and lines. Reading it again after a change of size gives the new one.</summary>
    public static (int Width, int Height) Size
    {
        get
        {
            try
            {
                (int width, int height) = (Console.WindowWidth, Console.WindowHeight);
                return width > 0 && height > 0 ? (width, height) : Usual; // serial lines and young containers know none
            }
            catch (IOException)
            {
                return Usual; // it has just gone
            }
        }
    }

    /// <summary>Every line at its place and as wide as the terminal: nothing is cleared before, so nothing flickers.</summary>
    public void Draw(string[] lines, int width)
    {
        var text = new StringBuilder("\e[?2026h"); // to be shown at once, where a terminal knows how
        if (_drawn != (width, lines.Length))
        {
            text.Append("\e[2J");
            _drawn = (width, lines.Length);
        }

        for (int at = 0; at < lines.Length; at++)
        {
            text.Append("\e[").Append(at + 1).Append(";1H").Append(lines[at]);
        }

        text.Append("\e[?2026l");
        lock (_gate)
        {
            if (_isOurs)
            {
                Write(text.ToString());
            }
        }
    }

    public void Dispose()
    {
        Set(false);
        foreach (PosixSignalRegistration signal in _signals)
        {
            signal.Dispose();
        }

        _output.Dispose();
    }

    private void Set(bool isOurs)
    {
        lock (_gate)
        {
            if (_isOurs != isOurs)
            {
                _isOurs = isOurs;
                Write(isOurs ? Take : GiveBack);
            }
        }
    }

    private void Write(string text)
    {
        try
        {
            _output.Write(Encoding.UTF8.GetBytes(text));
            _output.Flush();
        }
        catch (IOException)
        {
            // The terminal has gone, which a signal tells.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
