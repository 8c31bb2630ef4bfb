using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Hosting;
using AceProxy.Tests.Deployment;
using AceProxy.Tests.Functional;

namespace AceProxy.Tests.Telemetry;

/// <summary>What the program as a process of its own prints.</summary>
public sealed class LogTests
{
    private const string Secret = "a-token-that-nobody-may-see";

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task Log_AStreamIsWatchedAndTheServersOwnLinesAreWanted_ClientAndStreamAreSummedUpAndNoSecretIsThere(string format)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        var lines = new ConcurrentQueue<string>();
        using Process process = Start(engine, format);
        try
        {
            _ = ReadAsync(process, lines);
            await SafetyNet.EventuallyAsync(() => lines.Any(line => AddressIn(line) is not null), () => string.Join('\n', lines));
            using HttpClient client = Deploy.ClientOf(lines.Select(AddressIn).First(address => address is not null)!);
            using (Viewer viewer = await Viewer.JoinAsync(client, $"id={content.ContentId}&token={Secret}&api_key={Secret}"))
            {
                await viewer.UntilAsync(checker => checker.Packets > 100);
            }

            string[] summaries = [" left ", " ended after "];
            await SafetyNet.EventuallyAsync(
                () => summaries.All(summary => lines.Any(line => line.Contains(summary, StringComparison.Ordinal))), () => string.Join('\n', lines));

            Assert.Contains(lines, line => line.Contains("/ace/getstream", StringComparison.Ordinal) && line.Contains("token=…", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, line => line.Contains(Secret, StringComparison.Ordinal));
            if (format == "json")
            {
                AssertSummary(lines, "Bytes", "Seconds", "Jumps", "Reason");
                AssertSummary(lines, "BytesIn", "BytesOut", "Seconds", "MostClients", "Reconnections", "Failovers", "Reason");
            }
        }
        finally
        {
            process.Kill();
        }
    }

    /// <summary>Every line is an object, and one has these properties.</summary>
    private static void AssertSummary(IEnumerable<string> lines, params string[] properties)
    {
        JsonElement[] all = [.. lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("Properties"))];
        Assert.Contains(all, line => properties.All(name => line.TryGetProperty(name, out _)));
    }

    private static Process Start(SimulatedEngine engine, string format)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ProxyApplication).Assembly.Location]) { RedirectStandardOutput = true };
        (string Name, string Value)[] settings =
        [
            ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("ENGINES", engine.EndPoint.ToString()), ("LOG_FORMAT", format), ("PROXY_GRACE_PERIOD", "0"),
            ("Serilog__MinimumLevel__Default", "Debug"), ("Serilog__MinimumLevel__Override__Microsoft", "Debug"), ("ORCHESTRATOR_API_KEY", Secret),
        ];
        foreach ((string name, string value) in settings)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task ReadAsync(Process process, ConcurrentQueue<string> lines)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Enqueue(line);
        }
    }

    private static Uri? AddressIn(string line)
    {
        const string Listening = "Now listening on: ";
        int at = line.LastIndexOf(Listening, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        string rest = line[(at + Listening.Length)..].TrimStart('\\', '"', ' ');
        return new Uri(rest.Split('\\', '"', ' ')[0]);
    }
}
