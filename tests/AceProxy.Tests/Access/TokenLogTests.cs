using System.Diagnostics;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using AceProxy.Tests.Hosting;

namespace AceProxy.Tests.Access;

/// <summary>Where a token could be written down: in logs, however talkative, and in traces.</summary>
public sealed class TokenLogTests
{
    private const string Secret = "secret-of-this-test";

    [Fact]
    public async Task Log_EverythingOfEveryoneTurnedOn_HasRequestsButNoTokens()
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped());
        using ProgramProcess program = await ProgramProcess.StartAsync(
            engine, ("VIEWER_KEY", Secret), ("STREAM_TOKENS", "required"), ("API_KEY", Secret + "-of-operators"),
            ("Serilog__MinimumLevel__Default", "Verbose"), ("Serilog__MinimumLevel__Override__Microsoft", "Verbose"),
            ("Serilog__MinimumLevel__Override__Microsoft.AspNetCore.Server.Kestrel.BadRequests", "Verbose"),
            ("Serilog__MinimumLevel__Override__Microsoft.Hosting.Lifetime", "Information"),
            ("Serilog__MinimumLevel__Override__System", "Verbose"));
        string path = $"/ace/getstream?id={content.ContentId}";
        string[] requests =
        [
            $"GET {path}&token={Secret} HTTP/1.1\r\nHost: proxy\r\n\r\n",
            $"GET {path}&%74oken={Secret} HTTP/1.1\r\nHost: proxy\r\n\r\n",
            $"GET {path}&token=wrong-{Secret} HTTP/1.1\r\nHost: proxy\r\n\r\n",
            $"GET {path} HTTP/1.1\r\nHost: proxy\r\nAuthorization: Bearer {Secret}\r\n\r\n",
            $"GET {path}&token={Secret} HTTP/9.9\r\nHost: proxy\r\n\r\n", // refused by the parser, which says what it could not read
            $"GET /ace/getstream?token={Secret} no request\r\nHost: proxy\r\n\r\n",
            $"GET {path}&token={Secret} HTTP/1.1\r\nno header\r\n\r\n",
            $"GET /api/streams HTTP/1.1\r\nHost: proxy\r\nX-Api-Key: {Secret}-of-operators\r\n\r\n",
        ];
        List<int> statuses = [];
        foreach (string request in requests)
        {
            using Wire wire = await Wire.ConnectAsync(program.Address);
            await wire.SendAsync(request);
            statuses.Add((await wire.ReadHeadAsync()).Status);
        }

        string log = await program.KillAsync();

        Assert.Equal([200, 200, 401, 200, 505, 400, 400, 200], statuses);
        Assert.Contains("Request starting HTTP/1.1 GET", log, StringComparison.Ordinal); // it is as talkative as it was told to be
        Assert.Contains("token=…", log, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Traces_OfARequest_HaveNoToken()
    {
        var tags = new System.Collections.Concurrent.ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => tags.Enqueue(
                $"{activity.DisplayName} {string.Join(' ', activity.TagObjects)} {string.Join(' ', activity.Baggage)}"),
        };
        ActivitySource.AddActivityListener(listener);
        await using RunningProxy proxy = await RunningProxy.StartAsync(("ENGINES", "none"), ("VIEWER_KEY", Secret), ("STREAM_TOKENS", "required"));

        Assert.Equal(401, await Asking.StatusAsync(proxy, $"/ace/getstream?id={new string('a', 40)}&token={Secret}-wrong", from: null));

        await SafetyNet.EventuallyAsync(() => !tags.IsEmpty, () => "there is no trace");
        Assert.DoesNotContain(tags, tag => tag.Contains(Secret, StringComparison.Ordinal));
    }
}
