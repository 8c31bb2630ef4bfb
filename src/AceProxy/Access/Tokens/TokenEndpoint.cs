using System.Text.Json;
using AceProxy.Content;
using AceProxy.EngineApi;

namespace AceProxy.Access.Tokens;

/// <summary><c>POST /api/tokens</c>: <c>{"id": "…", "ttl": 3600, "address": "192.0.2.1"}</c>, the content named as a player names it.</summary>
internal static class TokenEndpoint
{
    public static IEndpointRouteBuilder MapTokens(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/tokens", IssueAsync)
            .WithTags("tokens")
            .WithSummary("Signs a token for a content: {\"id\": \"…\", \"ttl\": 3600, \"address\": \"192.0.2.1\"}, the content named as a player names it.")
            .Produces<IssuedToken>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        return routes;
    }

    private static async Task<IResult> IssueAsync(HttpRequest request, StreamTokens tokens, TimeProvider time)
    {
        if (!tokens.CanIssue)
        {
            return Problem(StatusCodes.Status409Conflict, "No key to sign with", "STREAM_TOKEN_KEYS is not set.");
        }

        if (!request.HasJsonContentType())
        {
            return Problem(StatusCodes.Status415UnsupportedMediaType, "Not JSON", "The Content-Type has to be application/json.");
        }

        try
        {
            using JsonDocument body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            if (body.RootElement.ValueKind != JsonValueKind.Object)
            {
                return Malformed(new SelectorError("body", "is not an object such as {\"id\": \"…\", \"ttl\": 3600}"));
            }

            return TokenRequest.Read(FieldsOf(body.RootElement), out SelectorError? error) is { } wanted
                ? Results.Json(IssuedToken.For(wanted, tokens, time))
                : Malformed(error!);
        }
        catch (JsonException exception)
        {
            return Malformed(new SelectorError("body", $"is not JSON: {exception.Message}"));
        }
        catch (BadHttpRequestException exception)
        {
            return Problem(exception.StatusCode, "Malformed request", exception.Message); // too large, or cut short
        }
    }

    /// <summary>Numbers and strings alike; anything else is text that no field takes.</summary>
    private static IEnumerable<KeyValuePair<string, string>> FieldsOf(JsonElement body) =>
        body.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, EngineJson.Text(body, field.Name) ?? ""));

    private static IResult Malformed(SelectorError error) => Results.Problem(
        $"Parameter '{error.Parameter}' {error.Problem}.", statusCode: StatusCodes.Status400BadRequest, title: "Malformed request",
        extensions: new Dictionary<string, object?> { ["parameter"] = error.Parameter });

    private static IResult Problem(int status, string title, string detail) => Results.Problem(detail, statusCode: status, title: title);
}
