using AceProxy.Tests.MpegTs;

namespace AceProxy.Tests.LiveStreams;

/// <summary>An engine that opens, plays and stops when the test lets it, and says in which order it was asked.</summary>
internal sealed class ScriptedEngine : IAsyncDisposable
{
    private readonly RawServer _server;

    public ScriptedEngine() => _server = RawServer.Start(AnswerAsync);

    public System.Net.IPEndPoint EndPoint => _server.EndPoint;

    /// <summary>Replies to start calls wait for it.</summary>
    public TaskCompletionSource MayOpen { get; init; } = Gate(isOpen: true);

    /// <summary>Replies to stop calls wait for it.</summary>
    public TaskCompletionSource MayStop { get; init; } = Gate(isOpen: true);

    /// <summary>The infohash every session is said to have.</summary>
    public string Infohash { get; init; } = "0123456789abcdef0123456789abcdef01234567";

    public bool IsSilent { get; init; }

    public int Opened => Count("/ace/getstream");

    public int Stopped => Count("/ace/cmd/a/b");

    public int Played => Count("/ace/r/a/b");

    /// <summary>For each start call, how many stops had been confirmed before.</summary>
    public List<int> ConfirmedBeforeOpening { get; } = [];

    private int _confirmed;

    public static ScriptedEngine Holding(bool open = false, bool stop = false)
    {
        var engine = new ScriptedEngine { MayOpen = Gate(!open), MayStop = Gate(!stop) };
        return engine;
    }

    /// <summary>Returns when it has been asked so often for this.</summary>
    public async Task AskedAsync(Func<ScriptedEngine, int> what, int times, CancellationToken cancellation)
    {
        while (what(this) < times)
        {
            await _server.RequestAsync(cancellation).WaitAsync(TimeSpan.FromSeconds(10), cancellation);
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static TaskCompletionSource Gate(bool isOpen)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (isOpen)
        {
            gate.SetResult();
        }

        return gate;
    }

    private int Count(string path) => _server.Requests.Count(request => request.Path == path);

    private async Task AnswerAsync(RawExchange exchange)
    {
        switch (exchange.Request.Path)
        {
            case "/ace/getstream":
                lock (ConfirmedBeforeOpening)
                {
                    ConfirmedBeforeOpening.Add(_confirmed);
                }

                await MayOpen.Task;
                await exchange.ReplyAsync(
                    $"{{\"response\": {{\"playback_url\": \"/ace/r/a/b\", \"command_url\": \"/ace/cmd/a/b\", \"infohash\": \"{Infohash}\"}}}}");
                break;
            case "/ace/r/a/b":
                await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\n\r\n");
                await (IsSilent ? Task.CompletedTask : exchange.WriteAsync(Packets()));
                await exchange.HoldAsync();
                break;
            default:
                await MayStop.Task;
                Interlocked.Increment(ref _confirmed);
                await exchange.ReplyAsync("{\"response\": \"ok\", \"error\": null}");
                break;
        }
    }

    /// <summary>More than one chunk.</summary>
    public static byte[] Packets()
    {
        var stream = new TsBuilder();
        for (int packet = 0; packet < 500; packet++)
        {
            stream.Null();
        }

        return stream.ToArray();
    }
}
