using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AceProxy.Tests.Functional;

/// <summary>An engine whose playback is whatever the test writes to the socket, for what no real engine was ever seen to do.</summary>
internal sealed class ScriptedEngine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _connections = [];
    private readonly ConcurrentQueue<string> _targets = [];
    private readonly Func<string, Stream, Task> _play;
    private readonly Task _accepting;

    /// <param name="play">Answers a request for anything but the API, given its target and the connection, which is closed afterwards.</param>
    public ScriptedEngine(Func<string, Stream, Task> play)
    {
        _play = play;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public const string Infohash = "5c00000000000000000000000000000000000001";

    /// <summary>What <c>stat_url</c> answers; null: sessions have none.</summary>
    public string? Statistics { get; init; }

    public string EndPoint => _listener.LocalEndpoint.ToString()!;

    public IReadOnlyList<string> Targets => [.. _targets];

    public int Opened => Targets.Count(target => target.StartsWith("/ace/getstream", StringComparison.Ordinal));

    public int Stopped => Targets.Count(target => target.StartsWith("/cmd?", StringComparison.Ordinal));

    public static async Task WriteAsync(Stream connection, string text) => await connection.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>The head of a live body that ends with the connection.</summary>
    public static Task BeginAsync(Stream connection, string contentType = "video/mp2t") =>
        WriteAsync(connection, $"HTTP/1.1 200 OK\r\nContent-Type: {contentType}\r\n\r\n");

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                _connections.TryAdd(ServeAsync(client), 0);
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        await Task.Yield();
        using (client)
        {
            try
            {
                using NetworkStream connection = client.GetStream();
                using var reader = new StreamReader(connection, Encoding.Latin1);
                if ((await reader.ReadLineAsync(_stopping.Token))?.Split(' ') is not [_, string target, _])
                {
                    return;
                }

                while (await reader.ReadLineAsync(_stopping.Token) is { Length: > 0 })
                {
                    // The headers do not matter.
                }

                _targets.Enqueue(target);
                await AnswerAsync(target, connection);
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException)
            {
                // The proxy hung up.
            }
        }
    }

    private Task AnswerAsync(string target, Stream connection)
    {
        string? json = target.Split('?')[0] switch
        {
            "/ace/getstream" => $$"""
                {"response": {"playback_url": "http://{{EndPoint}}/play", "command_url": "http://{{EndPoint}}/cmd",
                "stat_url": {{(Statistics is null ? "null" : "\"/stat\"")}},
                "infohash": "{{Infohash}}", "playback_session_id": "{{Infohash}}", "is_live": 1}, "error": null}
                """,
            "/stat" => Statistics,
            "/cmd" => """{"response": "ok", "error": null}""",
            "/server/api" => $$"""{"result": {"infohash": "{{Infohash}}" } }""",
            _ => null,
        };
        return json is null
            ? _play(target, connection)
            : WriteAsync(connection, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n{json}");
    }
}
