using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using AceProxy.EngineSimulator;
using AceProxy.EngineSimulator.Contents;
using AceProxy.Tests.Functional;
using static System.FormattableString;

namespace AceProxy.Benchmarks.MainJob;

/// <summary>Three times 10,000 connections that never finish their request, and a flood of wrong keys and tokens, beside 20 players.</summary>
internal static class AttackScenario
{
    private const int HalfOpen = 5_000;
    private const int Slow = 5_000;
    private const int Waves = 3;
    private const string ViewerKey = "viewer-key-of-the-house";

    public static async Task RunAsync(Report report)
    {
        await using SimulatedEngine engine = await SimulatedEngine.StartAsync();
        SimulatedContent content = engine.Add(Contents.Stamped(bitsPerSecond: 4_000_000));
        await using ProxyProcess proxy = await ProxyProcess.StartAsync(
            engine.EndPoint, ("API_KEY", "0123456789abcdef"), ("STREAM_TOKENS", "required"), ("VIEWER_KEY", ViewerKey), ("RING_SIZE", "16"));
        using var stop = new CancellationTokenSource();
        Player[] players = [.. Enumerable.Range(0, 20).Select(_ => new Player(proxy.Client, $"id={content.ContentId}&token={ViewerKey}"))];
        Task playing = Task.WhenAll(players.Select(player => player.PlayAsync(stop.Token)));
        await Task.Delay(TimeSpan.FromSeconds(40)); // the ring is full: what grows from here on is the attack's
        double before = proxy.ResidentMiB;
        Array.ForEach(players, player => player.Checker.Lateness.Clear());

        using var over = new CancellationTokenSource();
        Task<(int Sent, int LetIn)> flood = FloodAsync(proxy, content, over.Token);
        int connected = 0, left = 0;
        double[] peaks = new double[Waves];
        for (int wave = 0; wave < Waves; wave++)
        {
            (int made, int stayed, peaks[wave]) = await WaveAsync(proxy, content);
            (connected, left) = (connected + made, left + stayed);
        }

        await over.CancelAsync();
        (int sent, int letIn) = await flood;
        double after = proxy.ResidentMiB;
        double[] lateness = [.. players.SelectMany(player => player.Checker.Lateness)];
        await stop.CancelAsync();
        await playing;

        report.Add(
            $"attack: {HalfOpen + Slow} connections at once that never finish a request, {Waves} times",
            $"{(HalfOpen + Slow) * Waves}", $"{connected}", connected == (HalfOpen + Slow) * Waves);
        report.Add("… left open 75 s later", 0, left, "connections");
        report.Add("… requests with wrong keys and tokens meanwhile; let in", "; 0", $"{sent}; {letIn}", letIn == 0);
        report.Add("… 20 players: ended; packets lost or repeated", "0; 0",
            $"{players.Count(player => player.WasEnded)}; {players.Sum(player => player.Checker.Missing + player.Checker.Repeated)}",
            players.All(player => player is { WasEnded: false, Checker: { Missing: 0, Repeated: 0 } }));
        report.Add("… lateness p99", 500, Report.Percentile(lateness, 0.99), "ms");
        report.Add("… resident memory gained at the first peak, a connection", 24, (peaks[0] - before) * 1024 / (HalfOpen + Slow), "KiB");
        report.Add(
            "… resident memory before / at each peak / afterwards", "",
            Invariant($"{before:0} / {string.Join(", ", peaks.Select(peak => Invariant($"{peak:0}")))} / {after:0} MiB"));
        report.Add("… the last peak beside the one before", 1.1, peaks[^1] / peaks[^2], "×");
    }

    /// <returns>Connections made; those of them that were not closed 75 s later; resident memory at its peak, in MiB.</returns>
    private static async Task<(int Connected, int Left, double Peak)> WaveAsync(ProxyProcess proxy, SimulatedContent content)
    {
        List<Socket> sockets = [];
        await ConnectAsync(proxy, sockets, HalfOpen, "");
        await ConnectAsync(proxy, sockets, Slow, $"GET /ace/getstream?id={content.ContentId}&token={ViewerKey} HTTP/1.1\r\nHost: proxy\r\nX: ");
        int connected = sockets.Count(socket => socket.Connected);
        double peak = proxy.ResidentMiB;
        for (long began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(75);)
        {
            await DripAsync(sockets.Skip(HalfOpen));
            peak = Math.Max(peak, proxy.ResidentMiB);
            await Task.Delay(TimeSpan.FromSeconds(1));
        }

        int left = sockets.Count(socket => !IsClosed(socket));
        sockets.ForEach(socket => socket.Dispose());
        return (connected, left, peak);
    }

    private static async Task ConnectAsync(ProxyProcess proxy, List<Socket> sockets, int count, string begin)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(begin);
        for (int at = 0; at < count; at++)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(proxy.Client.BaseAddress!.Host, proxy.Client.BaseAddress.Port);
            await socket.SendAsync(bytes);
            sockets.Add(socket);
        }
    }

    private static async Task DripAsync(IEnumerable<Socket> sockets)
    {
        byte[] letter = [(byte)'x'];
        foreach (Socket socket in sockets)
        {
            try
            {
                await socket.SendAsync(letter);
            }
            catch (SocketException)
            {
                // Thrown out.
            }
        }
    }

    private static bool IsClosed(Socket socket)
    {
        try
        {
            byte[] answer = new byte[4096];
            while (socket.Poll(0, SelectMode.SelectRead))
            {
                if (socket.Receive(answer) == 0)
                {
                    return true;
                }
            }

            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static async Task<(int Sent, int LetIn)> FloodAsync(ProxyProcess proxy, SimulatedContent content, CancellationToken over)
    {
        int sent = 0, letIn = 0;
        while (!over.IsCancellationRequested)
        {
            string path = sent % 2 == 0 ? "/api/streams" : $"/ace/getstream?id={content.ContentId}&token=a.9999999999.-.{sent}";
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("X-Api-Key", $"{sent:x16}");
            using HttpResponseMessage response = await proxy.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, CancellationToken.None);
            sent++;
            letIn += (int)response.StatusCode == 401 ? 0 : 1;
        }

        return (sent, letIn);
    }
}
