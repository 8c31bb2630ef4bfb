using System.Net;
using System.Net.Sockets;

namespace AceProxy.Tests.Hosting;

public sealed class ProgramStartTests
{
    private const string AnyPort = "http://127.0.0.1:0";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_SeveralWrongVariables_NamesAllAtOnceAndFails()
    {
        (string Name, string Value)[] wrong =
        [
            ("ENGINES", "host:port"), ("ASPNETCORE_URLS", "nonsense"), ("STALL_TIMEOUT", "soon"), ("RING_SIZE", "0"),
            ("PROXY_GRACE_PERIOD", "-1"), ("REDIS_PORT", "99999"), ("JOIN_BEHIND", "1e9"), ("ENGINE_STOP_TIMEOUT", "3s"),
        ];

        ProgramRun run = await ProgramRun.ToEndAsync([], wrong, Cancellation);

        Assert.NotEqual(0, run.ExitCode);
        Assert.All(wrong, variable => Assert.Contains($"{variable.Name}: ", run.Errors, StringComparison.Ordinal));
        Assert.Equal(wrong.Length + 1, run.Errors.TrimEnd().Split('\n').Length);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NothingSet_SaysWhatToSetAndFails()
    {
        ProgramRun run = await ProgramRun.ToEndAsync([], [], Cancellation);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("ENGINES=host:6878", run.Errors, StringComparison.Ordinal);
        Assert.Contains("demo", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_PortInUse_NamesTheVariableAndFails()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        string address = other.LocalEndpoint.ToString()!;

        ProgramRun run = await ProgramRun.ToEndAsync([], [("ENGINES", "127.0.0.1:9"), ("ASPNETCORE_URLS", $"http://{address}")], Cancellation);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("ASPNETCORE_URLS", run.Errors, StringComparison.Ordinal);
        Assert.Contains(address, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_AddressThatIsNotOurs_NamesTheVariableAndFails()
    {
        // An address for documentation (RFC 5737); binding sends nothing.
        ProgramRun run = await ProgramRun.ToEndAsync([], [("ENGINES", "127.0.0.1:9"), ("ASPNETCORE_URLS", "http://192.0.2.1:8000")], Cancellation);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("ASPNETCORE_URLS", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_UnknownCommand_ShowsTheUsageAndFails()
    {
        ProgramRun run = await ProgramRun.ToEndAsync(["serve"], [("ENGINES", "127.0.0.1:9"), ("ASPNETCORE_URLS", AnyPort)], Cancellation);

        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains("'serve' is not a command", run.Errors, StringComparison.Ordinal);
        Assert.Contains("demo", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_Help_ShowsTheUsage()
    {
        ProgramRun run = await ProgramRun.ToEndAsync(["--help"], [], Cancellation);

        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
        Assert.Contains("ENGINES=host:6878", run.Output, StringComparison.Ordinal);
    }
}
