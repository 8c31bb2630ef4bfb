using System.Net.Sockets;
using AceProxy.Access;
using AceProxy.Access.Limits;
using AceProxy.Content;
using AceProxy.Delivery.Direct;
using AceProxy.EngineApi;
using AceProxy.Events;
using AceProxy.LiveStreams;
using AceProxy.Telemetry;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace AceProxy.Delivery;

/// <summary>
/// <c>GET</c> and <c>HEAD /ace/getstream</c>. The status is decided when the first data is there: before, a failure is a problem reply;
/// after, the response lives through whatever the engine does until the stream is given up.
/// </summary>
internal sealed class GetStreamEndpoint(
    LiveStreamRegistry streams, ContentResolver resolver, StreamStarter starter, StreamSender sender, DirectSender direct,
    LimitGate limits, LiveStreamOptions options, EventLog events, DeliveryMetrics metrics, IHostApplicationLifetime lifetime, TimeProvider time,
    ILogger<GetStreamEndpoint> logger)
{
    public const string Path = "/ace/getstream";

    private static readonly EngineFailure ShuttingDown = new(EngineFailureKind.ShuttingDown, "the worker is stopping");

    /// <summary>Whether a stream is to be played, and not only asked about.</summary>
    public static bool IsOpening(HttpRequest request) => HttpMethods.IsGet(request.Method) && IsAt(request.Path);

    /// <summary>Routing takes a slash at the end for none.</summary>
    public static bool IsAt(PathString path) =>
        path.Equals(Path, StringComparison.OrdinalIgnoreCase) || path.Equals($"{Path}/", StringComparison.OrdinalIgnoreCase);

    public async Task HandleAsync(HttpContext context)
    {
        if (SelectorParser.Parse(context.Request.Query, out SelectorError? error) is not { } selector)
        {
            metrics.Joined(Join.Malformed);
            await Problems.WriteAsync(context, error!);
            return;
        }

        if (HttpMethods.IsHead(context.Request.Method))
        {
            WriteHeaders(context.Response); // players ask before they play; no engine is started for it
            return;
        }

        using Join join = metrics.Begin();
        Socket? socket = context.Features.Get<IConnectionSocketFeature>()?.Socket;
        using var client = new Client(ClientAddress.TextOf(context), Words.Tame(context.Request.Headers.UserAgent.ToString()), time, context.RequestAborted)
        {
            SendQueue = socket is null ? null : () => DirectSocket.QueuedBytes(socket),
        };
        using var late = new CancellationTokenSource(options.InitTimeout, time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(late.Token, client.Ended, lifetime.ApplicationStopping);
        try
        {
            var request = ContentRequest.Unresolved(selector);
            if (!streams.Contains(request.Key)) // playing by this very name, there is nothing to ask
            {
                request = await resolver.ResolveAsync(selector, waiting.Token);
            }

            await PlayAsync(context, client, request, join, waiting.Token);
        }
        catch (OperationCanceledException) when (!client.Ended.IsCancellationRequested && !context.Response.HasStarted)
        {
            await RefuseAsync(context, join, late.IsCancellationRequested
                ? new EngineFailure(EngineFailureKind.TimedOut, $"no data within {options.InitTimeout.TotalSeconds:0.###} s")
                : ShuttingDown);
        }
        catch (OperationCanceledException)
        {
            // It hung up or was ended. With data on its way that nobody reads the connection would linger: then it is cut.
            if (client.IsSending || client.IsCutOff)
            {
                context.Abort();
            }
        }
    }

    private async Task PlayAsync(HttpContext context, Client client, ContentRequest request, Join join, CancellationToken waiting)
    {
        Limit? exceeded;
        while (streams.Attach(request, client, out exceeded) is { } stream)
        {
            using CancellationTokenRegistration leave = client.Ended.UnsafeRegister(
                static state => ((Action)state!)(), () => stream.Detach(client));
            try
            {
                join.WaitsFor(stream);
                ClientLog.Joined(logger, client.Id, stream.Key.Value, client.Address, client.UserAgent);
                events.Record(new ProxyEvent(EventKind.ClientJoined) { Client = client.Id, Stream = stream.Key.Value, Address = client.Address });
                if (await starter.WaitAsync(stream.Ring, waiting) is { } start)
                {
                    AnswerDeadline.Lift(context);
                    WriteHeaders(context.Response);
                    join.Plays();
                    await sender.SendAsync(client, stream.Ring, start, context.Response.BodyWriter, direct.SocketOf(context));
                    return;
                }

                if (stream.Twin is not { } twin)
                {
                    client.Ended.ThrowIfCancellationRequested(); // it has left, and the stream may have ended for want of it
                    await RefuseAsync(context, join, stream.Failure);
                    return;
                }

                request = request with { Key = twin };
            }
            finally
            {
                EndReason reason = ReasonOf(client, stream, context); // before it leaves, which may end the stream
                stream.Detach(client);
                TellLeft(client, stream, reason);
            }
        }

        if (exceeded is { } limit)
        {
            join.IsBeyondLimit();
            await limits.RefuseAsync(context, limit);
            return;
        }

        await RefuseAsync(context, join, ShuttingDown);
    }

    private static Task RefuseAsync(HttpContext context, Join join, EngineFailure? failure)
    {
        join.Fails(failure);
        return Problems.WriteAsync(context, failure);
    }

    /// <summary>A player that hangs up may be noticed by a send that fails before the server has noticed.</summary>
    private static EndReason ReasonOf(Client client, LiveStream stream, HttpContext context) =>
        client.EndReason
        ?? (context.RequestAborted.IsCancellationRequested || !stream.Ring.IsCompleted ? EndReason.ClientLeft : EndReason.StreamEnded);

    private void TellLeft(Client client, LiveStream stream, EndReason reason)
    {
        metrics.Left(reason);
        double seconds = time.GetElapsedTime(client.StartedAt).TotalSeconds;
        ClientLog.Left(logger, client.Id, stream.Key.Value, seconds, client.Bytes, client.Jumps, reason);
        events.Record(new ProxyEvent(EventKind.ClientLeft)
        {
            Client = client.Id,
            Stream = stream.Key.Value,
            Address = client.Address,
            Bytes = client.Bytes,
            Seconds = Math.Round(seconds, 3),
            Reason = EventKinds.Named(reason),
        });
    }

    private static void WriteHeaders(HttpResponse response)
    {
        // No byte ranges on a live stream: a 206 would make VLC believe that it can seek.
        response.ContentType = "video/mp2t";
        response.Headers.CacheControl = "no-store";
        response.Headers.AcceptRanges = "none";
        response.Headers.AccessControlAllowOrigin = "*";
        response.Headers.XContentTypeOptions = "nosniff";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }
}
