using System.Globalization;
using AceProxy.Access;
using AceProxy.Access.Limits;
using AceProxy.Content;
using AceProxy.EngineApi;
using Microsoft.AspNetCore.Mvc;

namespace AceProxy.Delivery;

/// <summary>Every refusal as <c>application/problem+json</c> (RFC 9457) with a status that says whose fault it was.</summary>
internal static class Problems
{
    /// <summary>What a player is told to wait before it asks again, in seconds.</summary>
    private const int RetryAfter = 5;

    public static Task WriteAsync(HttpContext context, SelectorError error) =>
        WriteAsync(context, StatusCodes.Status400BadRequest, "Malformed request", $"Parameter '{error.Parameter}' {error.Problem}.", error.Parameter);

    /// <param name="failure">Null when the stream ended without one: then somebody else closed it.</param>
    public static Task WriteAsync(HttpContext context, EngineFailure? failure)
    {
        (int status, string title) = failure?.Kind switch
        {
            EngineFailureKind.ContentUnavailable => (StatusCodes.Status404NotFound, "Content not found"),
            EngineFailureKind.Refused => (StatusCodes.Status502BadGateway, "The engine refused the content"),
            EngineFailureKind.BadReply => (StatusCodes.Status502BadGateway, "The engine's reply is of no use"),
            EngineFailureKind.Interrupted => (StatusCodes.Status502BadGateway, "The engine's stream broke off"),
            EngineFailureKind.TimedOut => (StatusCodes.Status504GatewayTimeout, "The engine sent no data in time"),
            EngineFailureKind.NotLive => (StatusCodes.Status501NotImplemented, "Only live content is served"),
            EngineFailureKind.Unreachable => (StatusCodes.Status503ServiceUnavailable, "No engine can be reached"),
            EngineFailureKind.Stopped => (StatusCodes.Status503ServiceUnavailable, "The stream was stopped"),
            EngineFailureKind.ShuttingDown => (StatusCodes.Status503ServiceUnavailable, "This worker is stopping"),
            _ => (StatusCodes.Status503ServiceUnavailable, "No engine is free"),
        };
        return WriteAsync(context, status, title, failure?.Message ?? "The stream was closed before it had any data.", null);
    }

    /// <summary>Somebody may not have what is asked for.</summary>
    public static Task WriteAsync(HttpContext context, Refusal refusal) =>
        WriteAsync(context, refusal.Status, refusal.Title, refusal.Detail, refusal.Parameter);

    /// <summary>Somebody might have it, but for a limit: its address's own (429), or this worker's (503).</summary>
    public static Task WriteAsync(HttpContext context, Limit limit) => limit.IsOfAddress()
        ? WriteAsync(
            context, StatusCodes.Status429TooManyRequests, "Too much from this address",
            $"The limit {limit.Setting()} is reached.", limit.Setting(), "limit")
        : WriteAsync(
            context, StatusCodes.Status503ServiceUnavailable, "This worker is full", $"The limit {limit.Setting()} is reached.", limit.Setting(), "limit");

    /// <summary>A gateway's own refusal.</summary>
    public static Task WriteNoWorkerAsync(HttpContext context) => WriteAsync(
        context, StatusCodes.Status503ServiceUnavailable, "No worker can be reached", "No worker that takes players gave an answer.", null);

    private static Task WriteAsync(HttpContext context, int status, string title, string detail, string? culprit, string kind = "parameter")
    {
        var problem = new ProblemDetails { Status = status, Title = title, Detail = detail };
        if (culprit is not null)
        {
            problem.Extensions[kind] = culprit;
        }

        if (status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status429TooManyRequests)
        {
            context.Response.Headers.RetryAfter = RetryAfter.ToString(CultureInfo.InvariantCulture);
        }

        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.AccessControlAllowOrigin = "*";
        return context.Response.WriteAsJsonAsync(problem, options: null, contentType: "application/problem+json", context.RequestAborted);
    }
}
